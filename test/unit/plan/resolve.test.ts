import { describe, expect, test } from 'vitest'
import { aConfig, config, plan, refusalOf, stepsOf } from './a-plan.ts'

describe('a call that names nothing', () => {
  test.each([undefined, 'auto'])('goes to the default tier (model %s)', (model) => {
    const decided = plan({ model })
    expect(decided).toMatchObject({
      tier: 'cheap',
      task: undefined,
      reason: 'config-default-tier',
      requestedModel: model,
    })
    expect(stepsOf(decided)).toEqual(['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'])
    expect(decided.why).toBe('tier cheap, because the call names no model and cheap is the default')
  })

  test("goes to the caller's default tier rather than the config's", () => {
    const decided = plan({ caller: { defaultTier: 'standard' } })
    expect(decided).toMatchObject({ tier: 'standard', reason: 'caller-default-tier' })
    expect(decided.why).toContain("standard is this caller's default")
  })

  test('is refused when the caller was given a default that is not a tier', () => {
    const error = refusalOf({ caller: { defaultTier: 'standart' } })
    expect(error).toMatchObject({ code: 'identify_failed', status: 500, param: 'defaultTier' })
    expect(error.message).toContain('Did you mean "standard"?')
  })
})

describe('a call that names something', () => {
  test.each([
    [
      'a tier',
      'premium',
      { tier: 'premium', reason: 'explicit-tier' },
      'tier premium, because the call names it',
    ],
    [
      'a task that leads to a tier',
      'code',
      { tier: 'premium', task: 'code', reason: 'explicit-task' },
      'task code (tier premium), because',
    ],
    [
      'a task with targets of its own',
      'summary',
      { tier: undefined, task: 'summary' },
      'task summary, because',
    ],
    [
      'an alias of a tier',
      'fast',
      { tier: 'cheap', reason: 'explicit-alias' },
      'tier cheap, because the call names its alias fast',
    ],
    [
      'an alias of a task',
      'coder',
      { tier: 'premium', task: 'code', reason: 'explicit-alias' },
      'alias coder',
    ],
    [
      'an alias of a target',
      'smart',
      { tier: undefined, reason: 'explicit-alias' },
      'target anthropic/claude-sonnet-4-6, because',
    ],
  ])('goes to it: %s', (_what, model, decided, why) => {
    expect(plan({ model })).toMatchObject({ ...decided, requestedModel: model })
    expect(plan({ model }).why).toContain(why)
  })

  test('goes to a target alone when it is named and allowed', () => {
    const decided = plan({ model: 'openai/gpt-4o', caller: { allow: ['*'] } })
    expect(decided).toMatchObject({ tier: undefined, reason: 'explicit-target' })
    expect(stepsOf(decided)).toEqual(['openai/gpt-4o'])
  })

  test('may name tier or task as an option', () => {
    expect(plan({ tier: 'premium' })).toMatchObject({ tier: 'premium', reason: 'explicit-tier' })
    expect(plan({ task: 'summary' })).toMatchObject({ task: 'summary', reason: 'explicit-task' })
    expect(stepsOf(plan({ task: 'summary' }))).toEqual(['mistral/mistral-small-latest', 'openai/gpt-4o'])
  })

  test('wins over every default', () => {
    expect(plan({ tier: 'premium', caller: { defaultTier: 'standard' } }).tier).toBe('premium')
  })
})

describe('a call that names several things', () => {
  test('goes by a target before a tier, and by a tier before a task', () => {
    const caller = { allow: ['*'] }
    expect(plan({ model: 'openai/gpt-4o', tier: 'cheap', caller })).toMatchObject({
      reason: 'explicit-target',
      tier: undefined,
    })
    expect(plan({ model: 'code', tier: 'cheap' })).toMatchObject({ reason: 'explicit-tier', tier: 'cheap' })
    expect(plan({ tier: 'cheap', task: 'summary' })).toMatchObject({ reason: 'explicit-tier', tier: 'cheap' })
  })

  test('keeps the task it names where the tier decides, because it still says what the call is for', () => {
    expect(plan({ tier: 'cheap', task: 'summary' }).task).toBe('summary')
  })

  test('may say the same thing twice', () => {
    expect(plan({ model: 'premium', tier: 'premium' }).tier).toBe('premium')
    expect(plan({ model: 'fast', tier: 'cheap' }).tier).toBe('cheap')
  })

  test.each([
    [{ model: 'premium', tier: 'cheap' }, 'tier'],
    [{ model: 'fast', tier: 'premium' }, 'tier'],
    [{ model: 'code', task: 'summary' }, 'task'],
    [{ model: 'code', task: 'summary', tier: 'cheap' }, 'task'],
  ])('is refused when they contradict each other: %j', (named, param) => {
    const error = refusalOf(named)
    expect(error).toMatchObject({ code: 'invalid_params', status: 400, param })
    expect(error.message).toContain('Give one of them')
  })
})

describe('names that lead nowhere', () => {
  test('an unknown model is 404, with the nearest right spelling', () => {
    const error = refusalOf({ model: 'premum' })
    expect(error).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' })
    expect(error.message).toContain('Did you mean "premium"?')
  })

  test("a provider's bare model name is told what there is instead", () => {
    const error = refusalOf({ model: 'gpt-4o' })
    expect(error.code).toBe('model_not_found')
    expect(error.message).toContain('Use one of: premium, standard, cheap, code, summary, fast')
  })

  test('an unknown model hears of no name that its caller may not use', () => {
    const caller = { allow: ['cheap'] }
    for (const model of ['premum', 'openai/gpt-4', 'smart1', 'codee']) {
      const { message } = refusalOf({ model, caller })
      expect(message).not.toMatch(/premium|standard|openai\/gpt-4o|smart\b|code\b/)
      // An alias of what the caller may use is no secret.
      expect(message).toContain('Use one of: cheap, fast.')
    }
  })

  test('an unknown tier or task option is 400, with the nearest right spelling', () => {
    expect(refusalOf({ tier: 'cheep' })).toMatchObject({ code: 'invalid_params', status: 400, param: 'tier' })
    expect(refusalOf({ tier: 'cheep' }).message).toContain('Did you mean "cheap"?')
    expect(refusalOf({ task: 'sumary' })).toMatchObject({
      code: 'invalid_params',
      status: 400,
      param: 'task',
    })
    expect(refusalOf({ task: 'sumary' }).message).toContain('Did you mean "summary"?')
  })

  test('a tier is not a task, nor an alias a tier, in options', () => {
    expect(refusalOf({ task: 'cheap' }).code).toBe('invalid_params')
    expect(refusalOf({ tier: 'fast' }).code).toBe('invalid_params')
  })

  test('an alias whose target has no key is unknown', () => {
    const left = aConfig({ tiers: { only: ['a/b'] }, defaultTier: 'only', aliases: { gone: 'x/y' } })
    expect(refusalOf({ config: left, model: 'gone' }).code).toBe('model_not_found')
    expect(refusalOf({ config: left, model: 'zzzzzzzzzz' }).message).not.toContain('gone')
  })

  test.each(['__proto__', 'constructor', 'toString', '', ' cheap'])(
    '%j is a name like any other',
    (model) => {
      expect(refusalOf({ model }).code).toBe('model_not_found')
      expect(refusalOf({ tier: model }).code).toBe('invalid_params')
    },
  )

  test('a long or strange name is cut and quoted', () => {
    const { message } = refusalOf({ model: `"\n${'x'.repeat(100_000)}` })
    expect(message.length).toBeLessThan(400)
    expect(message).not.toContain('\n')
  })
})

test('tiers rank as the config lists them', () => {
  expect([...config.tiers.keys()]).toEqual(['premium', 'standard', 'cheap'])
})
