/** What holds where a second target is asked because the first is late. */
import { HEDGE_SHARE_MAX } from './cast.ts'
import { LATENCY_FACTOR } from './pledges-outages.ts'
import { atLeast, atMost, type Pledge, type StoryView } from './view.ts'

/** What each process may have saved up, beside its share. */
const SAVED_UP = 10

export const HEDGE_PLEDGES: readonly Pledge[] = [
  {
    phases: ['calm', 'tail'],
    check: ({ waitAtMost, usualMs }) => waitAtMost('p99', 'tail', LATENCY_FACTOR * usualMs),
  },
  {
    phases: ['tail'],
    check: (view) => atLeast('tail: calls that were hedged', hedgesIn(view), 5),
  },
  {
    phases: ['tail'],
    check: (view) => {
      const processes = new Set(view.callsIn('tail').map(({ process }) => process)).size
      const limit = HEDGE_SHARE_MAX * view.callsIn('tail').length + SAVED_UP * processes
      return atMost('tail: no more than may be', hedgesIn(view), limit)
    },
  },
]

function hedgesIn({ callsIn }: StoryView): number {
  return callsIn('tail').filter(({ report }) => report.attempts.some(({ reason }) => reason === 'hedge'))
    .length
}
