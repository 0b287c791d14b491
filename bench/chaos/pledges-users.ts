/** What holds for the app's users, whatever happens. */
import { none } from '../check.ts'
import type { Answer } from './facts.ts'
import { atMost, type Pledge, type StoryView } from './view.ts'

export const USER_PLEDGES: readonly Pledge[] = [
  {
    phases: [],
    check: (view) =>
      none('answers that broke, or are not what they look like', wordsOf(endedAs(view, 'broken'))),
  },
  {
    phases: [],
    check: (view) => {
      const refused = endedAs(view, 'refused').filter((answer) => !isShed(answer))
      return none('users who were refused, but for those of low priority in a flood', wordsOf(refused))
    },
  },
  {
    phases: [],
    check: (view) => {
      const failed = endedAs(view, 'failed').filter((answer) => !wasCutOff(view, answer))
      return none('clean errors, but for streams whose provider died under them', wordsOf(failed))
    },
  },
  {
    phases: ['calm', 'after'],
    check: ({ row }) => {
      const degraded = (row('calm')?.degraded ?? 0) + (row('after')?.degraded ?? 0)
      return atMost('calm, after: answers that were not the first choice', degraded, 0)
    },
  },
  {
    phases: ['calm', 'after'],
    check: ({ waitAtMost, usualMs }) => waitAtMost('p99, as if nothing had happened', 'after', 1.5 * usualMs),
  },
]

function endedAs({ answers }: StoryView, ending: Answer['ending']): readonly Answer[] {
  return answers.filter((answer) => answer.ending === ending)
}

function isShed({ phase, priority }: Answer): boolean {
  return phase === 'flood' && priority < 0
}

/** After the first words nobody else can go on: the stream's provider closed its port while it was under way. */
function wasCutOff({ cues }: StoryView, { phase, isStreamed, status, sentAtMs }: Answer): boolean {
  const [outageMs = Number.NEGATIVE_INFINITY] = cues(phase, 'outage')
  return phase === 'refused' && isStreamed && status === 200 && sentAtMs < outageMs
}

function wordsOf(answers: readonly Answer[]): readonly string[] {
  return answers.map(({ phase, number, process, detail }) => `${phase} ${number} at ${process}: ${detail}`)
}
