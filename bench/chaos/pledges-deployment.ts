/** What holds when processes are told to end. */
import { none } from '../check.ts'
import { DRAIN_MS, PROCESSES } from './cast.ts'
import type { Answer } from './facts.ts'
import { atLeast, atMost, type Pledge, type StoryView } from './view.ts'

/** Calls that reach a process between its SIGTERM and the balancer's next look, on average three. */
const ASTRAY_MAX = 8

export const DEPLOYMENT_PLEDGES: readonly Pledge[] = [
  {
    phases: [],
    check: ({ ends }) => {
      const wrong = ends.filter(({ code, tookMs }) => code !== 0 || tookMs > DRAIN_MS)
      return none(
        'processes that did not end by themselves, in time and with code 0',
        wrong.map(({ process, code, tookMs }) => `${process}: code ${code} after ${tookMs.toFixed(0)} ms`),
      )
    },
  },
  {
    phases: ['deploy'],
    check: (view) =>
      atLeast('deploy: calls under way at SIGTERM that were answered', underWay(view).length, PROCESSES),
  },
  {
    phases: ['deploy'],
    check: ({ answersIn, ends }) => {
      const moves = answersIn('deploy').reduce((sum, answer) => sum + answer.moves, 0)
      const ended = ends.filter(({ phase }) => phase === 'deploy').length
      return atMost('deploy: calls sent to a process that was ending', moves, ended * ASTRAY_MAX)
    },
  },
]

/** In the process that was told to end, asked before that and answered after. */
function underWay({ answersIn, cues, ends }: StoryView): readonly Answer[] {
  const ended = ends.filter(({ phase }) => phase === 'deploy')
  const sigtermMs = cues('deploy', 'sigterm')
  return answersIn('deploy').filter((answer) => {
    const atMs = sigtermMs[ended.findIndex(({ process }) => process === answer.process)] ?? NaN
    return answer.ending === 'answered' && answer.sentAtMs < atMs && answer.endedAtMs > atMs
  })
}
