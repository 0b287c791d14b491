/** The facts of a story, as promises look at them. Pure. */
import type { Check } from '../check.ts'
import { providerOf, type ProviderName, type TierName } from './cast.ts'
import type { Answer, CallFacts, ProviderRequest, StoryFacts } from './facts.ts'
import { rowOf, type PhaseRow } from './tally.ts'

/** From the first to before the second, story ms. */
export type Span = readonly [fromMs: number, toMs: number]

export interface StoryView extends StoryFacts {
  /** Undefined for a phase that was not played. */
  readonly row: (phase: string) => PhaseRow | undefined
  readonly answersIn: (phase: string) => readonly Answer[]
  readonly callsIn: (phase: string) => readonly CallFacts[]
  /** When each cue of that name was given. */
  readonly cues: (phase: string, name: string) => readonly number[]
  readonly requestsAt: (provider: ProviderName) => readonly ProviderRequest[]
  /** Not held against anybody where the machine stood still for too long in that phase. */
  readonly leniently: (phase: string, check: Check) => Check
  /** A wait of users in a phase, of at most so long, ms; what the machine itself stood still is on top. */
  readonly waitAtMost: (name: string, phase: string, limitMs: number) => Check
  /** What a user waits for when all is well: 99 of 100 no longer than this, ms. */
  readonly usualMs: number
}

/** A machine that stands still for longer tells nothing of waits: this is two tenths of a second on the wall. */
const STALL_MAX_MS = 2_000

export function viewOf(facts: StoryFacts): StoryView {
  const rows = new Map(facts.phases.map(({ name }) => [name, rowOf(facts, name)]))
  const phases = new Map(facts.answers.map(({ number, phase }) => [number, phase]))
  const answers = Map.groupBy(facts.answers, ({ phase }) => phase)
  const leniently = (phase: string, check: Check): Check => {
    if ((rows.get(phase)?.stallMs ?? 0) <= STALL_MAX_MS) return check
    return {
      ...check,
      isKept: true,
      detail: `${check.detail}; not held against anybody: the machine stood still`,
    }
  }
  const calls = Map.groupBy(facts.calls, ({ number }) => phases.get(number))
  return {
    ...facts,
    row: (phase) => rows.get(phase),
    answersIn: (phase) => answers.get(phase) ?? [],
    callsIn: (phase) => calls.get(phase) ?? [],
    cues: (phase, name) =>
      facts.marks.flatMap((mark) => (mark.phase === phase && mark.name === name ? [mark.atMs] : [])),
    requestsAt: (provider) => facts.requests.filter((request) => request.provider === provider),
    leniently,
    waitAtMost(name, phase, limitMs) {
      const { p99Ms = NaN, stallMs = 0 } = rows.get(phase) ?? {}
      const check = atMost(`${phase}: ${name}`, p99Ms, limitMs + stallMs, ' ms')
      const limit = `${limitMs.toFixed(0)} and the machine's longest stall, ${stallMs.toFixed(0)}`
      return leniently(phase, { ...check, detail: `${p99Ms.toFixed(0)} ms of at most ${limit}` })
    },
    usualMs: rows.get('calm')?.p99Ms ?? Number.NaN,
  }
}

/** Attempts at a provider by calls that began in a span of time. */
export function attemptsAt(
  provider: ProviderName,
  calls: readonly CallFacts[],
  [fromMs, toMs]: Span,
): number {
  return calls
    .filter(({ begunAtMs }) => begunAtMs >= fromMs && begunAtMs < toMs)
    .flatMap(({ report }) => report.attempts)
    .filter(({ target }) => providerOf(target) === provider).length
}

export function isOf(tier: TierName): (call: { readonly tier?: string }) => boolean {
  return (call) => call.tier === tier
}

/** A promise: what has to be played for it, and whether it was kept. */
export interface Pledge {
  readonly phases: readonly string[]
  readonly check: (view: StoryView) => Check
}

export function atMost(name: string, value: number, limit: number, unit = ''): Check {
  return { name, isKept: value <= limit, detail: `${shown(value)}${unit} of at most ${shown(limit)}${unit}` }
}

export function atLeast(name: string, value: number, limit: number, unit = ''): Check {
  return { name, isKept: value >= limit, detail: `${shown(value)}${unit} of at least ${shown(limit)}${unit}` }
}

function shown(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(value < 10 ? 2 : 0)
}
