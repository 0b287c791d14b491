import { describe, expect, test } from 'vitest'
import { LlmError } from '../../src/core/llm-error.ts'
import type { FakeStepLike } from '../../src/testing/fake/step.ts'
import { aFake, aRouter, providersOf, saying } from '../support/app.ts'

const quick = { backoffBaseMs: 1, backoffMaxMs: 2 }

/** Two providers, `first` following a script, and a router that knows both in this order. */
async function twoProviders(script: readonly FakeStepLike[], retry: object = quick) {
  const first = await aFake({ name: 'first', script })
  const second = await aFake({ name: 'second' })
  const { router, lines } = aRouter({
    tiers: { cheap: ['first/gpt-4o-mini', 'second/gpt-4o-mini'] },
    targets: {
      'first/gpt-4o-mini': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } },
      'second/gpt-4o-mini': { price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } },
    },
    providers: providersOf({ first, second }),
    retry,
  })
  return { first, second, router, lines }
}

async function failureOf(promise: Promise<unknown>): Promise<LlmError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof LlmError) return error
    throw error
  }
  throw new Error('the call was answered')
}

test('the first target answers, and nobody else is asked', async () => {
  const { router, first, second } = await twoProviders([])
  const { data, report } = await router.chat.completions.create(saying('hi')).withReport()
  expect(data.choices[0]?.message.content).toBe('Hello from first.')
  expect(report).toMatchObject({ outcome: 'success', target: 'first/gpt-4o-mini', tier: 'cheap' })
  expect([first.requests.length, second.requests.length]).toEqual([1, 0])
  expect(first.requests[0]?.body).toMatchObject({ model: 'gpt-4o-mini', ...saying('hi') })
})

describe('falls back, and bills only the target that answered', () => {
  test.each<[string, readonly FakeStepLike[], number]>([
    ['a 503 twice', [{ status: 503 }, { status: 503 }], 2],
    ['a 500 twice', [{ status: 500 }, { status: 500 }], 2],
    ['a reset twice', [{ fault: 'reset' }, { fault: 'reset' }], 2],
    ['a 401', [{ status: 401 }], 1],
    ['a 402', [{ status: 402 }], 1],
    ['a 404', [{ status: 404 }], 1],
    ['a 429 that asks for too long', [{ status: 429, retryAfter: 60 }], 1],
    ['a 429 with a date too far', [{ status: 429, retryAfter: new Date(Date.now() + 60_000) }], 1],
    ['a 429 of too many milliseconds', [{ status: 429, retryAfter: { ms: 4000 } }], 1],
    ['half a JSON', [{ fault: 'wrong-json' }], 1],
    ['a page', [{ fault: 'html' }], 1],
    ['nothing', [{ fault: 'empty' }], 1],
    ['JSON of another shape', [{ fault: 'not-a-completion' }], 1],
  ])('after %s', async (_name, script, attemptsOnFirst) => {
    const { router, first, second } = await twoProviders(script)
    const { data, report } = await router.chat.completions.create(saying('hi')).withReport()
    expect(data.choices[0]?.message.content).toBe('Hello from second.')
    expect(report).toMatchObject({ outcome: 'degraded', target: 'second/gpt-4o-mini' })
    expect([first.requests.length, second.requests.length]).toEqual([attemptsOnFirst, 1])
    const usage = second.requests[0]?.usage
    const costUsd = ((usage?.promptTokens ?? 0) * 10 + (usage?.completionTokens ?? 0) * 20) / 1e6
    expect(report.attempts.at(-1)?.costUsd).toBeCloseTo(costUsd, 12)
    const reasons = ['initial', ...Array.from({ length: attemptsOnFirst - 1 }, () => 'retry'), 'fallback']
    expect(report.attempts.map((attempt) => attempt.reason)).toEqual(reasons)
  })
})

test('a passing failure is retried on the same target', async () => {
  const { router, first, second } = await twoProviders([{ status: 503 }])
  const { report } = await router.chat.completions.create(saying('hi')).withReport()
  expect(report).toMatchObject({ outcome: 'success', target: 'first/gpt-4o-mini' })
  expect(report.attempts.map(({ kind, costUsd }) => ({ kind, costUsd }))).toEqual([
    { kind: 'overloaded', costUsd: 0 },
    { kind: undefined, costUsd: report.costUsd },
  ])
  expect([first.requests.length, second.requests.length]).toEqual([2, 0])
})

test.each([
  ['milliseconds', { ms: 40 }, 40],
  ['seconds', '0.05', 50],
])('waits as long as the provider asks, told in %s', async (_name, retryAfter, atLeastMs) => {
  const { router, first } = await twoProviders([{ status: 429, retryAfter }])
  const { report } = await router.chat.completions.create(saying('hi')).withReport()
  const [refused, answered] = first.requests
  expect((answered?.receivedAtMs ?? 0) - (refused?.receivedAtMs ?? 0)).toBeGreaterThanOrEqual(atLeastMs - 1)
  expect(report.attempts[1]?.retryDelayMs).toBeGreaterThanOrEqual(atLeastMs)
  expect(report.retryWaitMs).toBeGreaterThanOrEqual(atLeastMs - 1)
})

test('a silent target is left within its limit and not asked again; its input is billed as an estimate', async () => {
  const { router, first } = await twoProviders([{ fault: 'silence' }])
  const { report } = await router.chat.completions
    .create(saying('hi there'), { attemptTimeoutMs: 50 })
    .withReport()
  expect(report).toMatchObject({ outcome: 'degraded', costStatus: 'estimated' })
  expect(report.attempts[0]).toMatchObject({ kind: 'timeout', costStatus: 'estimated' })
  expect(report.wastedUsd).toBeGreaterThan(0)
  expect(first.requests).toHaveLength(1)
  await first.waitForClose()
})

test('a stalled body counts as silence', async () => {
  const { router } = await twoProviders([{ fault: 'stall' }])
  const { report } = await router.chat.completions.create(saying('hi'), { attemptTimeoutMs: 50 }).withReport()
  expect(report.attempts[0]).toMatchObject({ kind: 'timeout' })
})

test('the provider’s reason for refusing a request reaches the caller, and no other target is asked', async () => {
  const { router, second } = await twoProviders([
    { status: 422, message: 'temperature must be a number', param: 'temperature' },
  ])
  const error = await failureOf(router.chat.completions.create(saying('hi')))
  expect(error).toMatchObject({
    code: 'upstream_refused',
    status: 422,
    param: 'temperature',
    kind: 'invalid-request',
  })
  expect(error.message).toContain('temperature must be a number')
  expect(error.report).toMatchObject({ outcome: 'exhausted', errorType: '422' })
  expect(second.requests).toHaveLength(0)
})

test('a content filter ends the call', async () => {
  const { router, second } = await twoProviders([{ fault: 'content-filter', form: 'azure' }])
  const error = await failureOf(router.chat.completions.create(saying('hi')))
  expect(error).toMatchObject({ code: 'content_filtered', status: 400 })
  expect(error.report?.errorType).toBe('content_filter')
  expect(second.requests).toHaveLength(0)
})

test('a prompt too long for one target goes to one that reads more, passing over those that do not', async () => {
  const small = await aFake({ name: 'small', script: [{ fault: 'context-length' }] })
  const large = await aFake({ name: 'large' })
  const { router } = aRouter({
    tiers: { cheap: ['small/a', 'small/b', 'large/c'] },
    targets: {
      'small/a': { contextWindowTokens: 8000 },
      'small/b': { contextWindowTokens: 4000 },
      'large/c': { contextWindowTokens: 128_000 },
    },
    providers: providersOf({ small, large }),
  })
  const { report } = await router.chat.completions.create(saying('hi')).withReport()
  expect(report).toMatchObject({
    target: 'large/c',
    skipped: [{ target: 'small/b', why: 'context-window' }],
  })
  expect(small.requests).toHaveLength(1)
})

describe('when nobody answers', () => {
  test('the error tells every attempt, and the status is the last failure’s', async () => {
    const { router } = await twoProviders([{ status: 401 }], { ...quick, retriesPerTarget: 0 })
    const error = await failureOf(router.chat.completions.create(saying('hi'), { accept: () => false }))
    expect(error).toMatchObject({ code: 'exhausted', status: 502, kind: 'rejected' })
    expect(error.report?.attempts.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['first/gpt-4o-mini', 'failed'],
      ['second/gpt-4o-mini', 'rejected'],
    ])
    expect(error.report?.costUsd).toBe(error.report?.wastedUsd)
    expect(error.report?.costUsd).toBeGreaterThan(0)
  })

  test('because of rate limits, it says when to come back', async () => {
    const first = await aFake({ script: [{ status: 429, retryAfter: 30 }] })
    const second = await aFake({ script: [{ status: 429, retryAfter: 20 }] })
    const { router } = aRouter({
      tiers: { cheap: ['first/a', 'second/b'] },
      providers: providersOf({ first, second }),
    })
    expect(await failureOf(router.chat.completions.create(saying('hi')))).toMatchObject({
      code: 'exhausted',
      status: 429,
      retryAfterMs: 20_000,
    })
  })

  test('maxAttempts bounds retries and fallbacks together', async () => {
    const { router, first, second } = await twoProviders([{ status: 503 }, { status: 503 }])
    const error = await failureOf(router.chat.completions.create(saying('hi'), { maxAttempts: 2 }))
    expect(error).toMatchObject({ code: 'exhausted', status: 503 })
    expect([first.requests.length, second.requests.length]).toEqual([2, 0])
  })
})

test('an answer that the call refuses is billed, and the next target is asked', async () => {
  const { router } = await twoProviders([])
  const { data, report } = await router.chat.completions
    .create(saying('hi'), {
      accept: (completion) => completion.choices[0]?.message.content?.includes('second') ?? false,
    })
    .withReport()
  expect(data.choices[0]?.message.content).toBe('Hello from second.')
  expect(report.attempts.map(({ outcome, costStatus }) => [outcome, costStatus])).toEqual([
    ['rejected', 'exact'],
    ['success', 'exact'],
  ])
  expect(report.wastedUsd).toBe(report.attempts[0]?.costUsd)
})

test('a key that is refused is told loudly, once', async () => {
  const { router, lines } = await twoProviders([{ status: 401 }, { status: 401 }])
  await router.chat.completions.create(saying('one'))
  await router.chat.completions.create(saying('two'))
  const warnings = lines.filter(({ level }) => level === 'warn')
  expect(warnings).toHaveLength(1)
  expect(warnings[0]?.message).toMatch(/first\/gpt-4o-mini cannot be used: the provider refused our key/)
})

test('a provider that died and came back is asked again', async () => {
  const { router, first } = await twoProviders([])
  await first.stop()
  const away = await router.chat.completions.create(saying('hi')).withReport()
  expect(away.report).toMatchObject({ target: 'second/gpt-4o-mini' })
  expect(away.report.attempts[0]).toMatchObject({ kind: 'connection', costUsd: 0, costStatus: 'free' })
  await first.start()
  const back = await router.chat.completions.create(saying('hi')).withReport()
  expect(back.report.target).toBe('first/gpt-4o-mini')
})
