import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../../../src/core/caller.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import type { Plan } from '../../../src/core/plan.ts'
import type { Target } from '../../../src/core/target.ts'
import type { PlanConfig, PlanInput } from '../../../src/plan/plan-input.ts'
import { aConfig, plan } from './a-plan.ts'

const ids = ['a/one', 'a/two', 'b/one', 'b/two', 'c/one']
const tierNames = ['best', 'middle', 'cheapest']
const names = [...tierNames, 'task1', 'task2', 'alias1', 'alias2', ...ids, 'auto', 'nowhere']

const someIds = fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 7 })

const anyConfig: fc.Arbitrary<PlanConfig> = fc
  .record({
    best: someIds,
    middle: someIds,
    cheapest: someIds,
    defaultTier: fc.constantFrom(...tierNames),
    task1: fc.constantFrom(...tierNames),
    task2: someIds,
    alias1: fc.constantFrom(...tierNames, 'task1', 'task2', ...ids),
    alias2: fc.constantFrom(...ids),
  })
  .map(({ best, middle, cheapest, defaultTier, task1, task2, alias1, alias2 }) =>
    aConfig({
      tiers: { best, middle, cheapest },
      defaultTier,
      tasks: { task1, task2 },
      aliases: { alias1, alias2 },
    }),
  )

const anyCaller: fc.Arbitrary<Caller> = fc.record(
  {
    allow: fc.array(fc.constantFrom(...names, '*', 'a/*', 'b/*'), { maxLength: 4 }),
    maxTier: fc.constantFrom(...tierNames),
    defaultTier: fc.constantFrom(...tierNames, 'nowhere'),
  },
  { requiredKeys: [] },
)

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })

/** Which objection each target meets, if any. */
const objections = fc.dictionary(
  fc.constantFrom(...ids),
  fc.constantFrom('unsupported', 'cooldown', 'dear', 'slow'),
)

const anyInput: fc.Arbitrary<Partial<PlanInput> & { config: PlanConfig; caller: Caller }> = fc
  .record({
    config: anyConfig,
    caller: anyCaller,
    model: maybe(fc.constantFrom(...names)),
    tier: maybe(fc.constantFrom(...tierNames, 'nowhere')),
    task: maybe(fc.constantFrom('task1', 'task2', 'nowhere')),
    maxCostUsd: maybe(fc.constant(1)),
    maxLatencyMs: maybe(fc.constant(1000)),
    objections,
  })
  .map(({ objections: objected, ...input }) => ({
    ...input,
    unsupported: ({ id }: Target) => (objected[id] === 'unsupported' ? 'cannot' : undefined),
    unavailable: ({ id }: Target) =>
      objected[id] === 'cooldown'
        ? ({ why: 'cooldown', detail: 'rests', availableInMs: 1 } as const)
        : undefined,
    expectedCostUsd: ({ id }: Target) => (objected[id] === 'dear' ? 2 : 0.5),
    expectedLatencyMs: ({ id }: Target) => (objected[id] === 'slow' ? 2000 : undefined),
  }))

/** The plan, or undefined where the call is refused; anything but an LlmError fails the test. */
function planned(input: Partial<PlanInput>): Plan | undefined {
  try {
    return plan(input)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(LlmError)
    return undefined
  }
}

/** What a decision leads to, worked out from the plan's own words. */
function candidates(config: PlanConfig, decided: Plan): readonly string[] {
  const list =
    (decided.tier === undefined ? undefined : config.tiers.get(decided.tier)) ??
    (decided.reason === 'explicit-target' || decided.why.startsWith('target ')
      ? decided.steps.length > 0
        ? decided.steps
        : [{ id: decided.skipped[0]?.target ?? '' }]
      : config.tasks.get(decided.task ?? '')?.targets)
  return [...new Set((list ?? []).map(({ id }) => id))]
}

describe('any config, caller and call', () => {
  test('each candidate is either a step or skipped, with exactly one reason, and nothing else is', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const decided = planned(input)
        fc.pre(decided !== undefined)
        if (decided === undefined) return
        const seen = [...decided.steps.map(({ id }) => id), ...decided.skipped.map(({ target }) => target)]
        expect(seen.toSorted()).toEqual(candidates(input.config, decided).toSorted())
      }),
      { numRuns: 500 },
    )
  })

  test('the order of the config is kept', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const decided = planned(input)
        fc.pre(decided !== undefined)
        if (decided === undefined) return
        const steps = decided.steps.map(({ id }) => id)
        expect(steps).toEqual(candidates(input.config, decided).filter((id) => steps.includes(id)))
      }),
      { numRuns: 500 },
    )
  })

  test('no step is a target that the caller may not reach', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const decided = planned(input)
        fc.pre(decided !== undefined)
        for (const { id } of decided?.steps ?? []) expect(reachable(input.config, input.caller)).toContain(id)
      }),
      { numRuns: 1000 },
    )
  })

  test('a step has no objection against it, and a skipped target has', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const decided = planned(input)
        fc.pre(decided !== undefined)
        const objects = (id: string): boolean => {
          const target = input.config.targets.get(id)
          if (target === undefined) return false
          const isDear =
            input.maxCostUsd !== undefined && (input.expectedCostUsd?.(target) ?? 0) > input.maxCostUsd
          const isSlow =
            input.maxLatencyMs !== undefined && (input.expectedLatencyMs?.(target) ?? 0) > input.maxLatencyMs
          return (
            isDear ||
            isSlow ||
            input.unsupported?.(target) !== undefined ||
            input.unavailable?.(target) !== undefined
          )
        }
        // The last resort is left alone, too, but nothing else speaks against it.
        const isLastResort = decided?.isLastResort ?? false
        for (const { id } of decided?.steps ?? []) expect(objects(id)).toBe(isLastResort)
        for (const { target, why } of decided?.skipped ?? [])
          expect(why === 'not-allowed' || objects(target)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('the same input makes the same plan', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        expect(planned(input)).toEqual(planned(input))
      }),
    )
  })
})

/** Written from the words of `Caller` alone: every target that some allowed name leads to. */
function reachable(config: PlanConfig, { allow, maxTier }: Caller): readonly string[] {
  const within = maxTier === undefined ? tierNames : tierNames.slice(tierNames.indexOf(maxTier))
  const inTier = (tier: string): readonly string[] => (config.tiers.get(tier) ?? []).map(({ id }) => id)
  const isWithin = (id: string): boolean =>
    within.some((tier) => inTier(tier).includes(id)) || !tierNames.some((tier) => inTier(tier).includes(id))
  const raw = ids.filter((id) => config.targets.has(id) && isWithin(id))
  const leadsTo = (name: string): readonly string[] => {
    if (config.tiers.has(name)) return within.includes(name) ? inTier(name) : []
    const task = config.tasks.get(name)
    if (task?.tier !== undefined) return leadsTo(task.tier)
    if (task !== undefined) return task.targets.map(({ id }) => id).filter(isWithin)
    const meant = config.aliases.get(name)
    if (meant !== undefined) return leadsTo(meant)
    return raw.filter((id) => name === id || name === `${id.slice(0, id.indexOf('/'))}/*`)
  }
  const everything = [...config.tiers.keys(), ...config.tasks.keys(), ...config.aliases.keys()]
  if (allow === undefined) return everything.flatMap(leadsTo)
  return (allow.includes('*') ? [...everything, ...ids] : allow).flatMap(leadsTo)
}
