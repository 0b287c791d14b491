import { describe, expect, test } from 'vitest'
import { plan, refusalOf, stepsOf } from './a-plan.ts'

const forbidden = { code: 'not_allowed', status: 403 }

describe('a caller without `allow`', () => {
  test.each(['premium', 'standard', 'cheap', 'code', 'summary', 'fast', 'smart', 'coder'])(
    'may use %s: every tier, task and alias',
    (model) => {
      expect(plan({ model }).steps.length).toBeGreaterThan(0)
    },
  )

  test('may not use a target by its raw name', () => {
    expect(refusalOf({ model: 'openai/gpt-4o' })).toMatchObject(forbidden)
  })
})

describe('a caller with `allow`', () => {
  test('may use what it names, and no other tier, task or alias', () => {
    const caller = { allow: ['cheap', 'summary'] }
    expect(plan({ model: 'cheap', caller }).tier).toBe('cheap')
    expect(plan({ task: 'summary', caller }).task).toBe('summary')
    for (const model of ['premium', 'standard', 'code', 'smart', 'coder']) {
      expect(refusalOf({ model, caller })).toMatchObject(forbidden)
    }
    expect(refusalOf({ tier: 'premium', caller })).toMatchObject(forbidden)
    expect(refusalOf({ task: 'code', caller })).toMatchObject(forbidden)
  })

  test('may use a task that leads to a tier it may use, and an alias of what it may use', () => {
    expect(plan({ task: 'code', caller: { allow: ['premium'] } }).tier).toBe('premium')
    expect(plan({ model: 'fast', caller: { allow: ['cheap'] } }).tier).toBe('cheap')
    expect(plan({ model: 'smart', caller: { allow: ['anthropic/*'] } }).steps.length).toBe(1)
  })

  test('may use an alias or a task that is all it is allowed', () => {
    expect(plan({ model: 'smart', caller: { allow: ['smart'] } }).reason).toBe('explicit-alias')
    expect(plan({ model: 'coder', caller: { allow: ['coder'] } }).tier).toBe('premium')
    expect(plan({ model: 'code', caller: { allow: ['code'] } }).tier).toBe('premium')
    expect(refusalOf({ model: 'premium', caller: { allow: ['code'] } })).toMatchObject(forbidden)
  })

  test.each([['*'], ['openai/*'], ['openai/gpt-4o']])(
    'may use a target by its raw name through %s',
    (entry) => {
      expect(stepsOf(plan({ model: 'openai/gpt-4o', caller: { allow: [entry] } }))).toEqual(['openai/gpt-4o'])
    },
  )

  test.each([['openai/gpt'], ['openai'], ['open*'], ['*/*'], ['premium'], ['anthropic/*'], ['']])(
    'may not use a target through %j',
    (entry) => {
      expect(refusalOf({ model: 'openai/gpt-4o', caller: { allow: [entry] } })).toMatchObject(forbidden)
    },
  )

  test("gets all of an allowed tier's targets, though it may not name them", () => {
    expect(stepsOf(plan({ caller: { allow: ['premium'] }, tier: 'premium' }))).toEqual([
      'openai/gpt-4o',
      'anthropic/claude-sonnet-4-6',
    ])
  })

  test('that is empty may use nothing', () => {
    const error = refusalOf({ caller: { allow: [] } })
    expect(error).toMatchObject(forbidden)
    expect(error.message).toContain('This caller may use nothing.')
  })

  test('hears of no name that it may not use', () => {
    const { message } = refusalOf({ model: 'premium', caller: { allow: ['cheap'] } })
    expect(message).toBe('This caller may not use the tier "premium". Use one of: cheap, fast.')
  })
})

describe('a call that names nothing, by a caller who may not use the default', () => {
  test('goes to the first tier that the caller may use', () => {
    const decided = plan({ caller: { allow: ['premium', 'standard'] } })
    expect(decided).toMatchObject({ tier: 'premium', reason: 'entitlement' })
    expect(decided.why).toBe(
      'tier premium, because the call names no model, the default is not open to this caller, and premium is',
    )
  })

  test('goes to the best tier within `maxTier` when the default lies above it', () => {
    const decided = plan({ caller: { defaultTier: 'premium', maxTier: 'standard' } })
    expect(decided).toMatchObject({ tier: 'standard', reason: 'entitlement' })
    expect(decided.why).not.toContain('premium')
  })

  test('is refused when there is none', () => {
    expect(refusalOf({ caller: { allow: ['summary'] } })).toMatchObject(forbidden)
    expect(refusalOf({ caller: { allow: ['premium'], maxTier: 'cheap' } })).toMatchObject(forbidden)
  })
})

describe('`maxTier`', () => {
  const caller = { allow: ['*'], maxTier: 'standard' }

  test('bars better tiers, and what leads to them', () => {
    for (const model of ['premium', 'code', 'coder'])
      expect(refusalOf({ model, caller })).toMatchObject(forbidden)
    expect(plan({ model: 'standard', caller }).tier).toBe('standard')
    expect(plan({ model: 'cheap', caller }).tier).toBe('cheap')
  })

  test('bars targets that stand in better tiers only, by raw name and by alias', () => {
    expect(refusalOf({ model: 'openai/gpt-4o', caller })).toMatchObject(forbidden)
    expect(refusalOf({ model: 'smart', caller })).toMatchObject(forbidden)
    expect(refusalOf({ model: 'smart', caller: { allow: ['smart'], maxTier: 'standard' } })).toMatchObject(
      forbidden,
    )
    expect(plan({ model: 'openai/gpt-4o-mini', caller }).steps.length).toBe(1)
    expect(plan({ model: 'mistral/mistral-small-latest', caller }).steps.length).toBe(1)
  })

  test("leaves such targets out of a task's own list, and says so", () => {
    const decided = plan({ task: 'summary', caller })
    expect(stepsOf(decided)).toEqual(['mistral/mistral-small-latest'])
    expect(decided.skipped).toEqual([
      {
        target: 'openai/gpt-4o',
        why: 'not-allowed',
        detail: "stands only in tiers above the caller's maxTier",
      },
    ])
  })

  test('that is not a tier fails closed', () => {
    const error = refusalOf({ caller: { maxTier: 'cheep' } })
    expect(error).toMatchObject({ code: 'identify_failed', status: 500, param: 'maxTier' })
  })
})
