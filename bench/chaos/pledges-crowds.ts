/** What holds where more comes than a process can take on. */
import { none } from '../check.ts'
import { quantile } from '../quantile.ts'
import { IN_FLIGHT_MAX, LOW_PRIORITY_SHARE, PROCESSES } from './cast.ts'
import type { Answer } from './facts.ts'
import { FLOOD_CALLS } from './story.ts'
import { atMost, type Pledge, type StoryView } from './view.ts'

/** A refusal costs nothing, so it takes no time, ms. */
const AT_ONCE_MS = 500

export const CROWD_PLEDGES: readonly Pledge[] = [
  {
    phases: ['flood'],
    check: (view) => {
      const taken = floodOf(view).filter(({ ending }) => ending !== 'refused').length
      const limit = PROCESSES * IN_FLIGHT_MAX * LOW_PRIORITY_SHARE
      return atMost(`flood: of ${FLOOD_CALLS} of low priority, taken on`, taken, limit)
    },
  },
  {
    phases: ['flood'],
    check: (view) => {
      const waits = refusedIn(view).map(({ waitMs }) => waitMs)
      const stallMs = view.row('flood')?.stallMs ?? 0
      return atMost(
        'flood: the others are refused within',
        quantile(waits, 0.99),
        AT_ONCE_MS + stallMs,
        ' ms',
      )
    },
  },
  {
    phases: ['flood'],
    check: (view) => {
      const silent = refusedIn(view).filter(({ retryAfterMs, status }) => !retryAfterMs || status !== 503)
      return none(
        'flood: refusals that are no 503 with a Retry-After',
        silent.map(({ number, detail }) => `${number}: ${detail}`),
      )
    },
  },
]

function floodOf({ answersIn }: StoryView): readonly Answer[] {
  return answersIn('flood').filter(({ burst }) => burst === 'flood')
}

function refusedIn({ answersIn }: StoryView): readonly Answer[] {
  return answersIn('flood').filter(({ ending }) => ending === 'refused')
}
