import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Target } from '../../../src/core/target.ts'
import type { Unavailable } from '../../../src/core/target-health.ts'
import type { TargetLoad } from '../../../src/core/target-load.ts'
import { aConfig, plan, stepsOf } from './a-plan.ts'
import { seededRandom } from './simulated-calls.ts'

const ids = ['a/one', 'b/two', 'c/three', 'd/four']

type Loads = Readonly<Record<string, Partial<TargetLoad>>>

/** A plan over targets with these loads; what is not said of a target is that it is idle and was asked a second ago. */
function planned(
  loads: Loads,
  {
    random = (): number => 0,
    exploreShare = 0.02,
    unavailable = (_target: Target): Unavailable | undefined => undefined,
  } = {},
) {
  const names = aConfig({ tiers: { all: Object.keys(loads) }, defaultTier: 'all' })
  const load = ({ id }: Target): TargetLoad => ({
    loadMs: undefined,
    waitingCount: 0,
    isBeingTried: false,
    idleMs: 1_000,
    ...loads[id],
  })
  const config = { ...names, strategy: 'fastest', fastest: { exploreShare } } as const
  return plan({ config, load, random, unavailable })
}

/** Draws these numbers one after the other. */
function drawing(...numbers: readonly number[]): () => number {
  let count = 0
  return () => numbers[count++] ?? 0
}

describe('fastest', () => {
  test('orders by load, the least first, those of unknown speed last', () => {
    const loads = {
      'a/one': { loadMs: 300 },
      'b/two': { loadMs: undefined, isBeingTried: true, waitingCount: 1 },
      'c/three': { loadMs: 50 },
      'd/four': { loadMs: 400 },
    }
    expect(stepsOf(planned(loads))).toEqual(['c/three', 'a/one', 'd/four', 'b/two'])
    expect(planned(loads)).toMatchObject({
      strategy: 'fastest',
      why: 'tier all, because the call names no model and all is the default; the fastest target goes first',
    })
  })

  test('prefers nobody who is left alone: the answer of whoever goes first is no second choice', () => {
    const resting = { why: 'cooldown', detail: 'rests', availableInMs: 1 } as const
    const decided = planned(
      { 'a/one': { loadMs: 90 }, 'b/two': { loadMs: 5 }, 'c/three': { loadMs: 50 } },
      { unavailable: ({ id }) => (id === 'b/two' ? resting : undefined) },
    )
    expect(stepsOf(decided)).toEqual(['c/three', 'a/one'])
    expect(decided.preferred?.id).toBe('c/three')
  })

  test('sends one call at a time to a target whose speed is not known', () => {
    const known = { 'a/one': { loadMs: 10 }, 'b/two': { loadMs: 20 } }
    const first = planned({ ...known, 'c/three': {} })
    expect(stepsOf(first)).toEqual(['c/three', 'a/one', 'b/two'])
    expect(first.why).toMatch(/; a target of unknown speed goes first$/)
    const next = planned({ ...known, 'c/three': { isBeingTried: true, waitingCount: 1 } })
    expect(stepsOf(next)).toEqual(['a/one', 'b/two', 'c/three'])
  })

  test('goes by who is least waited for where no speed is known', () => {
    const tried = (waitingCount: number) => ({ isBeingTried: true, waitingCount })
    expect(stepsOf(planned({ 'a/one': tried(3), 'b/two': tried(2) }))).toEqual(['b/two', 'a/one'])
  })

  test('of three that are near each other, draws two and takes the faster', () => {
    const loads = { 'a/one': { loadMs: 120 }, 'b/two': { loadMs: 100 }, 'c/three': { loadMs: 110 } }
    // The first number is for exploring, the others draw: first a target, then how far behind it the other stands.
    const firstOf = (...draws: readonly number[]) => planned(loads, { random: drawing(0, ...draws) })
    expect(stepsOf(firstOf(0, 0))).toEqual(['b/two', 'c/three', 'a/one'])
    expect(stepsOf(firstOf(0, 0.9))).toEqual(['c/three', 'b/two', 'a/one'])
    expect(stepsOf(firstOf(0.4, 0))).toEqual(['b/two', 'c/three', 'a/one'])
    expect(stepsOf(firstOf(0.9, 0))).toEqual(['c/three', 'b/two', 'a/one'])
    expect(firstOf(0, 0.9).why).toMatch(/; the faster of two drawn by lot goes first$/)
  })

  test('draws nobody with more than twice the least load', () => {
    const loads = { 'a/one': { loadMs: 100 }, 'b/two': { loadMs: 201 }, 'c/three': { loadMs: 900 } }
    for (const draw of [0, 0.4, 0.9])
      expect(stepsOf(planned(loads, { random: drawing(0, draw, draw) }))[0]).toBe('a/one')
  })

  test('of two that are alike takes the one that is listed first', () => {
    expect(stepsOf(planned({ 'a/one': { loadMs: 5 }, 'b/two': { loadMs: 5 } }))).toEqual(['a/one', 'b/two'])
  })

  test('explores with its share of the calls: who was asked longest ago, and not while somebody waits there', () => {
    const loads = {
      'a/one': { loadMs: 10, idleMs: 5 },
      'b/two': { loadMs: 700, idleMs: 9_000 },
      'c/three': { loadMs: 900, idleMs: 20_000, isBeingTried: true },
    }
    const explored = planned(loads, { random: drawing(0.985) })
    expect(stepsOf(explored)).toEqual(['b/two', 'a/one', 'c/three'])
    expect(explored.why).toMatch(/; the target asked longest ago goes first, to see how fast it is$/)
    expect(stepsOf(planned(loads, { random: drawing(0.975) }))[0]).toBe('a/one')
    expect(stepsOf(planned(loads, { random: drawing(0.999), exploreShare: 0 }))[0]).toBe('a/one')
    expect(stepsOf(planned(loads, { random: drawing(0), exploreShare: 1 }))[0]).toBe('b/two')
  })

  test('asks for nothing where there is nothing to order', () => {
    const never = (): never => {
      throw new Error('nobody should ask')
    }
    const names = aConfig({ tiers: { all: ['a/one'] }, defaultTier: 'all' })
    const only = plan({ config: { ...names, strategy: 'fastest' }, load: never, random: never })
    expect(only).toMatchObject({ strategy: 'fastest', steps: [{ id: 'a/one' }] })
    expect(only.why).toBe('tier all, because the call names no model and all is the default')
    expect(plan({ load: never, random: never }).strategy).toBe('in-order')
  })
})

describe('which strategy holds', () => {
  const config = {
    ...aConfig({
      tiers: { best: ['a/one', 'b/two'], cheap: ['a/one', 'b/two'] },
      defaultTier: 'cheap',
      tasks: { code: 'best', own: 'best', list: ['a/one', 'b/two'] },
      strategies: { best: 'fastest', own: 'in-order', list: 'fastest' },
    }),
  }

  test.each([
    [{}, 'in-order'],
    [{ tier: 'best' }, 'fastest'],
    [{ task: 'code' }, 'fastest'],
    [{ task: 'own' }, 'in-order'],
    [{ task: 'list' }, 'fastest'],
    [{ tier: 'cheap', task: 'list' }, 'in-order'],
    [{ model: 'a/one' }, 'in-order'],
    [{ tier: 'best', strategy: 'in-order' }, 'in-order'],
    [{ strategy: 'fastest' }, 'fastest'],
  ] as const)('for a call with %j is %s', (call, expected) => {
    expect(plan({ config, caller: { allow: ['*'] }, ...call }).strategy).toBe(expected)
  })
})

const anyLoads = fc
  .uniqueArray(fc.constantFrom(...ids), { minLength: 1 })
  .chain((some) =>
    fc.tuple(
      fc.constant(some),
      fc.array(
        fc.record({
          loadMs: fc.option(fc.double({ min: 1, max: 1e6, noNaN: true }), { nil: undefined }),
          waitingCount: fc.nat(50),
          isBeingTried: fc.boolean(),
          idleMs: fc.option(fc.nat(1e6), { nil: undefined }),
        }),
        { minLength: some.length, maxLength: some.length },
      ),
    ),
  )
  .map(([some, loads]): Loads => Object.fromEntries(some.map((id, index) => [id, loads[index] ?? {}])))

describe('any loads and lots', () => {
  test('the order is one of the candidates, each once, and behind the first they stand by their load', () => {
    fc.assert(
      fc.property(anyLoads, fc.nat(), (loads, seed) => {
        const steps = stepsOf(planned(loads, { random: seededRandom(seed) }))
        expect(steps.toSorted()).toEqual(Object.keys(loads).toSorted())
        const rest = steps.slice(1).map((id) => loads[id]?.loadMs ?? Number.POSITIVE_INFINITY)
        expect(rest).toEqual(rest.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0)))
      }),
      { numRuns: 500 },
    )
  })

  test('without exploring and with all speeds known, the first has no more than twice the least load', () => {
    fc.assert(
      fc.property(anyLoads, fc.nat(), (loads, seed) => {
        const known = Object.values(loads).map(({ loadMs }) => loadMs)
        fc.pre(known.every((loadMs) => loadMs !== undefined))
        const [first = ''] = stepsOf(planned(loads, { random: seededRandom(seed), exploreShare: 0 }))
        const leastMs = Math.min(...known.map((loadMs) => loadMs ?? 0))
        expect(loads[first]?.loadMs).toBeLessThanOrEqual(leastMs * 2)
      }),
    )
  })

  test('the same loads and lots make the same plan', () => {
    fc.assert(
      fc.property(anyLoads, fc.nat(), (loads, seed) => {
        const once = planned(loads, { random: seededRandom(seed) })
        expect(planned(loads, { random: seededRandom(seed) })).toEqual(once)
      }),
    )
  })
})
