import { describe, expect, test } from 'vitest'
import type { Target } from '../../../src/core/target.ts'
import { aConfig, plan, stepsOf } from './a-plan.ts'

function two(first: Partial<Target>): { readonly config: ReturnType<typeof aConfig> } {
  return {
    config: aConfig({
      tiers: { only: ['a/first', 'b/second'] },
      defaultTier: 'only',
      targets: { 'a/first': first },
    }),
  }
}

const isFirst = ({ id }: Target): boolean => id === 'a/first'
const message = { role: 'user', content: 'hello' }

describe('a target is left out, and the reason told,', () => {
  test.each([
    ['tools', { messages: [message], tools: [{ type: 'function' }] }, 'cannot use tools'],
    ['tools', { messages: [message], functions: [{ name: 'f' }] }, 'cannot use tools'],
    [
      'vision',
      { messages: [message, { role: 'user', content: [{ type: 'image_url' }] }] },
      'cannot read images',
    ],
    [
      'jsonSchema',
      { messages: [message], response_format: { type: 'json_schema' } },
      'cannot be held to a JSON schema',
    ],
  ])('when the call needs %s and the target has it not', (capability, params, detail) => {
    const lacking = plan({ ...two({ capabilities: { [capability]: false } }), params })
    expect(stepsOf(lacking)).toEqual(['b/second'])
    expect(lacking.skipped).toEqual([{ target: 'a/first', why: 'capability', detail }])
  })

  test('when its provider cannot take a param', () => {
    const decided = plan({
      ...two({}),
      unsupported: (target) => (isFirst(target) ? 'does not take "n"' : undefined),
    })
    expect(decided.skipped).toEqual([
      { target: 'a/first', why: 'unsupported-param', detail: 'does not take "n"' },
    ])
  })

  test('when the prompt is clearly longer than its context window', () => {
    const decided = plan({ ...two({ contextWindowTokens: 1000 }), inputTokens: 2201 })
    expect(decided.skipped).toEqual([
      {
        target: 'a/first',
        why: 'context-window',
        detail: 'reads 1000 tokens, and the prompt has about 2201',
      },
    ])
  })

  test('when it is expected to cost more than the call may', () => {
    const expectedCostUsd = (target: Target): number => (isFirst(target) ? 0.0123 : 0.01)
    const decided = plan({ ...two({}), maxCostUsd: 0.01, expectedCostUsd })
    expect(stepsOf(decided)).toEqual(['b/second'])
    expect(decided.skipped).toEqual([
      { target: 'a/first', why: 'max-cost', detail: 'would cost about $0.012, over maxCostUsd $0.01' },
    ])
  })

  test('when its price is not known and the call has a limit', () => {
    const decided = plan({
      ...two({}),
      maxCostUsd: 1,
      expectedCostUsd: (target) => (isFirst(target) ? undefined : 0),
    })
    expect(decided.skipped).toMatchObject([{ target: 'a/first', why: 'unpriced' }])
  })

  test('when it has lately been slower than the call allows', () => {
    const expectedLatencyMs = (target: Target): number | undefined => (isFirst(target) ? 2001 : undefined)
    const decided = plan({ ...two({}), maxLatencyMs: 2000, expectedLatencyMs })
    expect(stepsOf(decided)).toEqual(['b/second'])
    expect(decided.skipped).toMatchObject([{ target: 'a/first', why: 'max-latency' }])
  })

  test('when it is not available', () => {
    const resting = { why: 'cooldown', detail: 'rests for 3 s' } as const
    const unavailable = (target: Target) =>
      isFirst(target) ? { ...resting, availableInMs: 3_000 } : undefined
    const decided = plan({ ...two({}), unavailable })
    expect(decided.skipped).toEqual([{ target: 'a/first', ...resting }])
    expect(decided.preferred?.id).toBe('a/first')
    expect(decided.isLastResort).toBe(false)
  })

  test('but when nobody is available, the one that is back first is asked', () => {
    const restsMs = (target: Target): number => (isFirst(target) ? 3_000 : 1_000)
    const unavailable = (target: Target) =>
      ({ why: 'breaker-open', detail: 'fails', availableInMs: restsMs(target) }) as const
    const decided = plan({ ...two({}), unavailable })
    expect(stepsOf(decided)).toEqual(['b/second'])
    expect(decided.isLastResort).toBe(true)
    expect(decided.skipped).toMatchObject([{ target: 'a/first', why: 'breaker-open' }])
  })

  test('and nobody who cannot take the call is a last resort', () => {
    const unavailable = () => ({ why: 'cooldown', detail: 'rests', availableInMs: 1 }) as const
    const decided = plan({ ...two({}), unsupported: () => 'does not take "n"', unavailable })
    expect(stepsOf(decided)).toEqual([])
    expect(decided.isLastResort).toBe(false)
  })
})

describe('a target stays', () => {
  test.each([
    ['can do what the call needs', { capabilities: { tools: true } }, { tools: [{}] }],
    ['is not known to lack it', { capabilities: {} }, { tools: [{}] }],
    [
      'lacks what the call does not need',
      { capabilities: { tools: false, vision: false, jsonSchema: false } },
      { tools: [] },
    ],
    [
      'lacks a schema where plain JSON is asked for',
      { capabilities: { jsonSchema: false } },
      { response_format: { type: 'json_object' } },
    ],
  ])('when it %s', (_why, first, extra) => {
    expect(stepsOf(plan({ ...two(first), params: { messages: [message], ...extra } }))).toEqual([
      'a/first',
      'b/second',
    ])
  })

  test('when the prompt may fit: the estimate is rough, and the provider says so if it does not', () => {
    expect(stepsOf(plan({ ...two({ contextWindowTokens: 1000 }), inputTokens: 2200 }))).toEqual([
      'a/first',
      'b/second',
    ])
  })

  test('at any price and speed when the call sets no limit, without even asking', () => {
    const never = (): never => {
      throw new Error('asked')
    }
    expect(plan({ ...two({}), expectedCostUsd: never, expectedLatencyMs: never }).skipped).toEqual([])
  })

  test('when it costs exactly what the call may', () => {
    expect(plan({ ...two({}), maxCostUsd: 0, expectedCostUsd: () => 0 }).skipped).toEqual([])
  })

  test.each([undefined, null, 'junk', 7, { messages: 'x' }, { messages: [null, 7] }])(
    'whatever the params are: %j',
    (params) => {
      const first = { capabilities: { tools: false, vision: false, jsonSchema: false } }
      expect(plan({ ...two(first), params }).skipped).toEqual([])
    },
  )
})

describe('the plan as a whole', () => {
  test('names one reason for each target, even where several apply', () => {
    const decided = plan({
      ...two({ contextWindowTokens: 1 }),
      inputTokens: 100,
      unsupported: () => 'does not take "n"',
      unavailable: () => ({ why: 'cooldown', detail: 'rests', availableInMs: 1 }),
    })
    expect(decided.skipped.map(({ why }) => why)).toEqual(['unsupported-param', 'unsupported-param'])
  })

  test('has no steps when nothing is left', () => {
    const decided = plan({ unsupported: () => 'cannot' })
    expect(decided.steps).toEqual([])
    expect(decided.skipped.map(({ target }) => target)).toEqual([
      'groq/openai/gpt-oss-20b',
      'openai/gpt-4o-mini',
    ])
  })

  test('tries a target once, where it was first listed', () => {
    const twice = aConfig({ tiers: { only: ['a/x', 'b/y', 'a/x', 'b/y', 'c/z'] }, defaultTier: 'only' })
    expect(stepsOf(plan({ config: twice }))).toEqual(['a/x', 'b/y', 'c/z'])
  })

  test('allows each step one retry, unless config or call say how many attempts', () => {
    expect(plan().maxAttempts).toBe(4)
    const three = aConfig({ tiers: { only: ['a/x'] }, defaultTier: 'only', maxAttempts: 3 })
    expect(plan({ config: three }).maxAttempts).toBe(3)
    expect(plan({ config: three, maxAttempts: 1 }).maxAttempts).toBe(1)
  })

  test('carries the estimate and the strategy', () => {
    expect(plan({ inputTokens: 77 })).toMatchObject({ inputTokensEstimate: 77, strategy: 'in-order' })
  })
})
