/** What holds where providers let through only so much. */
import { none, type Check } from '../check.ts'
import { PATIENCE_MS, providerOf, roleOf, targetOf, type ProviderName } from './cast.ts'
import type { Answer, CallFacts } from './facts.ts'
import { LATENCY_FACTOR } from './pledges-outages.ts'
import { BURST_CALLS, HURRIED_CALLS } from './story.ts'
import { atLeast, atMost, type Pledge, type StoryView } from './view.ts'

const MINUTE_MS = 60_000

export const LIMIT_PLEDGES: readonly Pledge[] = [
  {
    phases: ['limit'],
    check: ({ row }) => atMost('limit: answers of 429', row('limit')?.rateLimited ?? Infinity, 3),
  },
  {
    phases: ['limit'],
    check: (view) =>
      atLeast(
        'limit: of what alpha allows, used',
        (100 * fullest(view, 'alpha')) / limitOf('alpha'),
        90,
        ' %',
      ),
  },
  withinPatience('limit'),
  {
    phases: ['cut'],
    check: ({ row }) => {
      const share = (100 * (row('cut')?.rateLimited ?? Infinity)) / (row('cut')?.calls ?? 0)
      return atMost('cut: answers of 429 per hundred calls', share, 5)
    },
  },
  withinPatience('cut'),
  { phases: ['burst'], check: bulk },
  {
    phases: ['burst'],
    check: (view) =>
      atMost(
        'burst: requests at delta in its fullest minute',
        fullest(view, 'delta'),
        (limitOf('delta') * 62) / 60,
      ),
  },
  {
    phases: ['burst'],
    check: ({ callsIn }) => {
      const refused = callsIn('burst').flatMap(({ report }) => report.attempts.filter(isFrom('delta', 429)))
      return atMost('burst: answers of 429', refused.length, 3)
    },
  },
  { phases: ['burst'], check: hurried },
  withinPatience('burst'),
]

function limitOf(provider: ProviderName): number {
  return roleOf(provider).requestsPerMinute ?? Infinity
}

/** Users wait for room for so long, and then for an answer. */
function withinPatience(phase: string): Pledge {
  return {
    phases: ['calm', phase],
    check: ({ waitAtMost, usualMs }) =>
      waitAtMost('p99 of those who have no time', phase, PATIENCE_MS + LATENCY_FACTOR * usualMs),
  }
}

/** Requests in the fullest minute, wherever it begins. */
function fullest({ requestsAt }: StoryView, provider: ProviderName): number {
  const times = requestsAt(provider).map(({ atMs }) => atMs)
  return fullestSpan(times, MINUTE_MS)
}

/** The most of these moments that lie within such a span. */
export function fullestSpan(times: readonly number[], spanMs: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  let first = 0
  let most = 0
  for (const [index, atMs] of sorted.entries()) {
    while ((sorted[first] ?? atMs) <= atMs - spanMs) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

function isFrom(provider: ProviderName, status: number) {
  return (attempt: { readonly target: string; readonly status?: number }): boolean =>
    providerOf(attempt.target) === provider && attempt.status === status
}

function answersOf(view: StoryView, burst: string): readonly Answer[] {
  return view.answersIn('burst').filter((answer) => answer.burst === burst)
}

/** Who has time is answered by the one that is meant for that, however many there are. */
function bulk(view: StoryView): Check {
  const own = answersOf(view, 'bulk').filter(({ target }) => target === targetOf('delta'))
  const name = `burst: of ${BURST_CALLS} at once, answered by the first choice`
  return atLeast(name, own.length, BURST_CALLS)
}

/** Who has none goes to the expensive target at once, and is told why. */
function hurried(view: StoryView): Check {
  const numbers = new Set(answersOf(view, 'hurried').map(({ number }) => number))
  const calls = view.callsIn('burst').filter(({ number }) => numbers.has(number))
  const silent = calls.filter((call) => !isSpill(call) && call.report.target !== targetOf('delta'))
  const found = calls.length < HURRIED_CALLS ? [`only ${calls.length} calls`] : silent.map(wordsOf)
  return none('burst: calls in a hurry that went elsewhere without a word of the limit', found)
}

function isSpill({ report }: CallFacts): boolean {
  const { target, skipped } = report
  return (
    target === targetOf('gamma') &&
    skipped.some((skip) => skip.target === targetOf('delta') && skip.why === 'rate-limited')
  )
}

function wordsOf({ number, report }: CallFacts): string {
  const skipped = report.skipped.map(({ target, why }) => `${target} ${why}`).join(', ')
  return `${number}: ${report.outcome} by ${report.target} (${skipped})`
}
