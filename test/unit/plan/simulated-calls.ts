import type { Clock } from '../../../src/core/clock.ts'
import type { AttemptFailure } from '../../../src/core/attempt-failure.ts'
import { createTargetLoads } from '../../../src/resilience/target-loads.ts'
import { aConfig, plan } from './a-plan.ts'

/** A reproducible stand-in for Math.random (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a target does with an attempt that comes now. */
export interface Behaviour {
  readonly latencyMs: number
  readonly failure?: AttemptFailure
}

export interface Simulation {
  /** Ids of the targets that were asked first, in the order of the calls; since the last look. */
  asked(): readonly string[]
  /** Calls come evenly, so many a second, for so long. */
  run(callsPerSecond: number, seconds: number): void
  behave(id: string, behaviour: Behaviour): void
}

/** The planner and the memory of loads, with a clock that jumps from event to event. No attempt is repeated elsewhere. */
export function simulate(
  behaviours: Readonly<Record<string, Behaviour>>,
  { seed = 1, exploreShare = 0.02 }: { seed?: number; exploreShare?: number } = {},
): Simulation {
  const behaviourOf = new Map(Object.entries(behaviours))
  const random = seededRandom(seed)
  let nowMs = 1_000
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs }
  const loads = createTargetLoads(clock)
  const names = aConfig({ tiers: { all: [...behaviourOf.keys()] }, defaultTier: 'all' })
  const config = { ...names, strategy: 'fastest', fastest: { exploreShare } } as const
  const pending: { readonly atMs: number; readonly end: () => void }[] = []
  let asked: string[] = []

  function settleUntil(untilMs: number): void {
    for (;;) {
      const next = pending.toSorted((one, other) => one.atMs - other.atMs)[0]
      if (next === undefined || next.atMs > untilMs) break
      pending.splice(pending.indexOf(next), 1)
      nowMs = next.atMs
      next.end()
    }
    nowMs = untilMs
  }

  function call(): void {
    const [target] = plan({ config, random, load: (each) => loads.loadOf(each, 'begin') }).steps
    const behaviour = target && behaviourOf.get(target.id)
    if (target === undefined || behaviour === undefined) throw new Error('nobody was planned')
    asked.push(target.id)
    const wait = loads.begin(target, 'begin')
    pending.push({ atMs: nowMs + behaviour.latencyMs, end: () => wait.end(behaviour.failure) })
  }

  return {
    asked() {
      const since = asked
      asked = []
      return since
    },
    run(callsPerSecond, seconds) {
      const stepMs = 1_000 / callsPerSecond
      const beginMs = nowMs
      for (let count = 1; count <= callsPerSecond * seconds; count++) {
        call()
        settleUntil(beginMs + count * stepMs)
      }
    },
    behave: (id, behaviour) => void behaviourOf.set(id, behaviour),
  }
}

export function shareOf(id: string, asked: readonly string[]): number {
  return asked.filter((each) => each === id).length / asked.length
}
