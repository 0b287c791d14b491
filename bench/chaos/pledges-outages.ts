/** What holds while a provider fails, and when it is back. */
import { ATTEMPT_MAX_MS, OPEN_MS, PROCESSES, targetOf } from './cast.ts'
import { none, type Check } from '../check.ts'
import { attemptsAt, atLeast, atMost, isOf, type Pledge, type StoryView } from './view.ts'

/** How much longer than when all is well users may wait. */
export const LATENCY_FACTOR = 2

/** From an outage's begin until all processes have noticed, ms: silent attempts have to time out first. */
const NOTICE_MS = ATTEMPT_MAX_MS + 5_000

const ODD_NAMES = ['0', '-5', 'past'].map((value) => `Retry-After ${value}`)

export const OUTAGE_PLEDGES: readonly Pledge[] = [
  ...['outage', 'refused', 'flap'].map(noVisibleLatency),
  ...silence(),
  ...['outage', 'refused', 'silence'].flatMap((phase) => [
    { phases: [phase], check: (view: StoryView) => probesOnly(view, phase) },
    { phases: [phase], check: (view: StoryView) => servesAgain(view, phase) },
  ]),
  {
    phases: ['flap'],
    check: ({ callsIn }) => {
      const calls = callsIn('flap').filter(({ report }) => isOf('cheap')(report))
      const failed = calls.flatMap(({ report }) =>
        report.attempts.filter(({ outcome }) => outcome === 'failed'),
      )
      return atMost('flap: failed attempts per cheap call', failed.length / calls.length, 0.25)
    },
  },
  ...oddTimes(),
]

function noVisibleLatency(phase: string): Pledge {
  return {
    phases: ['calm', phase],
    check: ({ waitAtMost, usualMs }) => waitAtMost('p99', phase, LATENCY_FACTOR * usualMs),
  }
}

/** Only who finds out waits, and no longer than an attempt may take. */
function silence(): readonly Pledge[] {
  const phases = ['calm', 'silence']
  return [
    {
      phases,
      check: ({ waitAtMost, usualMs }) =>
        waitAtMost('p99', 'silence', ATTEMPT_MAX_MS + LATENCY_FACTOR * usualMs),
    },
    {
      phases,
      check: ({ answersIn, usualMs, leniently }) => {
        const waits = answersIn('silence').map(({ waitMs }) => waitMs)
        const late = waits.filter((ms) => ms > LATENCY_FACTOR * usualMs)
        const name = 'silence: share of users who noticed'
        return leniently('silence', atMost(name, (100 * late.length) / waits.length, 25, ' %'))
      },
    },
  ]
}

/** Once it is noticed, one call finds out per probe interval; in each process, where they share nothing. */
function probesOnly({ callsIn, cues, isShared }: StoryView, phase: string): Check {
  const [outageMs = NaN] = cues(phase, 'outage')
  const [endMs = NaN] = cues(phase, 'end')
  const fromMs = outageMs + NOTICE_MS
  const attempts = attemptsAt('alpha', callsIn(phase), [fromMs, endMs])
  const probes = (isShared ? 1 : PROCESSES) * (Math.floor((endMs - fromMs) / OPEN_MS) + 1)
  return atMost(`${phase}: once it is noticed, alpha sees probes only`, attempts, probes)
}

/** Timers and messages take a moment; what another process has found out is heard within a second. ms */
const MOMENT_MS = 500
const HEARSAY_MS = 1_000

/**
 * In each process the first call after a probe interval finds it well, if no earlier one did. Where it was silent, a probe
 * from before the end may hang for as long as an attempt may.
 */
function servesAgain({ answersIn, cues, row, isShared }: StoryView, phase: string): Check {
  const [endMs = NaN] = cues(phase, 'end')
  const lateMs = MOMENT_MS + (isShared ? HEARSAY_MS : 0) + (row(phase)?.stallMs ?? 0)
  const byMs = endMs + OPEN_MS + lateMs + (phase === 'silence' ? ATTEMPT_MAX_MS : 0)
  const answers = answersIn(phase).filter((answer) => isOf('cheap')(answer) && answer.sentAtMs >= endMs)
  const late = [...new Set(answers.map(({ process }) => process))].filter((process) => {
    const own = answers.filter((answer) => answer.process === process)
    const first = Math.min(...own.filter(isFromAlpha).map(({ sentAtMs }) => sentAtMs))
    return first > Math.min(...own.filter(({ sentAtMs }) => sentAtMs >= byMs).map(({ sentAtMs }) => sentAtMs))
  })
  const found = answers.length === 0 ? ['nobody asked after it'] : late
  return none(`${phase}: processes where alpha did not serve again within a probe interval`, found)
}

function isFromAlpha({ target }: { readonly target: string | undefined }): boolean {
  return target === targetOf('alpha')
}

function oddTimes(): readonly Pledge[] {
  return [
    ...ODD_NAMES.map((name) => ({
      phases: ['odd'],
      check: ({ callsIn, cues }: StoryView) => {
        const [fromMs = NaN] = cues('odd', name)
        const asked = attemptsAt('epsilon', callsIn('odd'), [fromMs, fromMs + 10_000])
        return atLeast(`odd: "${name}" is no reason to leave epsilon alone; asked`, asked, 1, ' times')
      },
    })),
    {
      phases: ['odd'],
      check: ({ calls, cues, isShared }) => {
        const [fromMs = NaN] = cues('odd', 'Retry-After 36000')
        // Each process has to hear it once; those that heard it at the same time count as well.
        const asked = attemptsAt('epsilon', calls, [fromMs, Infinity])
        return atMost(
          'odd: after "come back in ten hours" epsilon is asked',
          asked,
          isShared ? PROCESSES : 2 * PROCESSES,
          ' times',
        )
      },
    },
  ]
}
