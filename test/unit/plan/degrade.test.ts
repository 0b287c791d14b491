import { expect, test } from 'vitest'
import type { TierCap } from '../../../src/plan/plan-input.ts'
import { aConfig, plan } from './a-plan.ts'

const CONFIG = aConfig({
  tiers: { best: ['a/best'], middle: ['a/middle', 'b/shared'], cheap: ['b/shared', 'b/cheap'] },
  defaultTier: 'best',
  tasks: { write: ['a/best', 'b/cheap', 'c/free'], think: ['a/best'], sum: 'best' },
  targets: {},
})

/** Every tier above this one is not for the call. */
function cappedAt(tier: string, ...except: readonly string[]): (asked: string) => TierCap | undefined {
  const tiers = [...CONFIG.tiers.keys()]
  return (asked) =>
    tiers.indexOf(asked) < tiers.indexOf(tier) && !except.includes(asked)
      ? { tier, why: 'the budget day is 80 % used' }
      : undefined
}

test.each([
  [{}, 'cheap'],
  [{ model: 'best' }, 'cheap'],
  [{ model: 'a/best' }, 'cheap'],
  [{ tier: 'middle' }, 'cheap'],
  [{ task: 'sum' }, 'cheap'],
  [{ task: 'think' }, 'cheap'],
])('a call that names %j goes to the cheaper tier', (call, tier) => {
  const planned = plan({ config: CONFIG, caller: { allow: ['*'] }, tierCap: cappedAt('cheap'), ...call })
  expect(planned).toMatchObject({ tier, reason: 'budget' })
  expect(planned.why).toContain('; tier cheap instead, because the budget day is 80 % used')
  expect(planned.steps.map(({ id }) => id)).toEqual(['b/shared', 'b/cheap'])
  expect(planned.steps).not.toContain(planned.preferred)
})

test.each([[{ model: 'cheap' }], [{ model: 'b/cheap' }], [{ model: 'b/shared' }], [{ model: 'c/free' }]])(
  'what is cheap enough, or in no tier, stays: %j',
  (call) => {
    const caller = { allow: ['*'] }
    const planned = plan({ config: CONFIG, caller, ...call })
    expect(plan({ config: CONFIG, caller, tierCap: cappedAt('cheap'), ...call })).toEqual(planned)
  },
)

test('of a list of targets those remain that are cheap enough', () => {
  const planned = plan({
    config: CONFIG,
    caller: { allow: ['*'] },
    task: 'write',
    tierCap: cappedAt('cheap'),
  })
  expect(planned.steps.map(({ id }) => id)).toEqual(['b/cheap', 'c/free'])
  expect(planned.skipped).toMatchObject([{ target: 'a/best', why: 'budget' }])
  expect(planned.preferred?.id).toBe('a/best')
})

test('nobody goes where they may not, but to the next tier down', () => {
  const caller = { allow: ['best', 'cheap'] }
  expect(plan({ config: CONFIG, caller, tierCap: cappedAt('middle') }).tier).toBe('cheap')
})

test('who may use nothing cheaper keeps what they have', () => {
  const planned = plan({ config: CONFIG, caller: { allow: ['best'] }, tierCap: cappedAt('cheap') })
  expect(planned).toMatchObject({ tier: 'best', reason: 'config-default-tier', skipped: [] })
})

test('a target without a price is left out where a budget applies', () => {
  const planned = plan({
    config: CONFIG,
    caller: {},
    tier: 'middle',
    unpricedFor: ({ id }) => (id === 'a/middle' ? 'nobody knows' : undefined),
  })
  expect(planned.skipped).toEqual([{ target: 'a/middle', why: 'unpriced', detail: 'nobody knows' }])
})
