/** What holds when what the processes share is slow, gone, or has forgotten everything. */
import { none } from '../check.ts'
import { PATIENCE_MS, roleOf } from './cast.ts'
import { fullestSpan } from './pledges-limits.ts'
import { LATENCY_FACTOR } from './pledges-outages.ts'
import { atMost, type Pledge, type StoryView } from './view.ts'

/** One operation may take so long before the state counts as down, ms. */
const TIMEOUT_MS = 1_000
/** From loss or return until every process has said so, ms. */
const NOTICE_MS = 5_000
const MINUTE_MS = 60_000
/** While each process goes by its own part it does not know what the others had used by then. */
const EXCESS = 1.05

export const REDIS_PLEDGES: readonly Pledge[] = ['lost', 'stuck'].flatMap((phase) => [
  {
    phases: ['calm', phase],
    check: ({ waitAtMost, usualMs }: StoryView) =>
      waitAtMost('p99', phase, PATIENCE_MS + TIMEOUT_MS + LATENCY_FACTOR * usualMs),
  },
  {
    phases: [phase],
    check: (view: StoryView) =>
      none(`${phase}: processes that did not notice`, silentAfter(view, { phase, cue: 'loss', isUp: false })),
  },
  {
    phases: [phase],
    check: (view: StoryView) =>
      none(
        `${phase}: processes that did not come back`,
        silentAfter(view, { phase, cue: 'end', isUp: true }),
      ),
  },
  {
    phases: [phase],
    check: (view: StoryView) => {
      const { requestsPerMinute = Infinity } = roleOf('alpha')
      const most = fullestSpan(atAlpha(view, phase), MINUTE_MS)
      return atMost(`${phase}: requests at alpha in its fullest minute`, most, requestsPerMinute * EXCESS)
    },
  },
])

/** Those that answered calls in the phase, and did not say what has become of Redis in time. */
function silentAfter(
  { words, cues, answersIn, row }: StoryView,
  { phase, cue, isUp }: { readonly phase: string; readonly cue: string; readonly isUp: boolean },
): readonly string[] {
  const [atMs = NaN] = cues(phase, cue)
  const processes = new Set(answersIn(phase).map((answer) => answer.process))
  const byMs = atMs + NOTICE_MS + (row(phase)?.stallMs ?? 0)
  const inTime = words.filter((word) => word.isUp === isUp && word.atMs >= atMs && word.atMs <= byMs)
  return [...processes].filter((process) => !inTime.some((word) => word.process === process))
}

/** In the minute before the phase, too: what was asked then still counts. */
function atAlpha({ requestsAt, phases }: StoryView, phase: string): readonly number[] {
  const { fromMs = NaN, toMs = NaN } = phases.find(({ name }) => name === phase) ?? {}
  return requestsAt('alpha').flatMap(({ atMs }) => (atMs >= fromMs - MINUTE_MS && atMs <= toMs ? [atMs] : []))
}
