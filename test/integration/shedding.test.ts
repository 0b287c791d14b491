import express from 'express'
import { expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import { llmErrorHandler } from '../../src/middleware/error-handler.ts'
import { llm } from '../../src/middleware/llm.ts'
import type { Router } from '../../src/surface/router.ts'
import { aFake, aRouter, providersOf, saying, served } from '../support/app.ts'

async function aScene(options: Partial<RouterOptions> = {}) {
  const cheap = await aFake({ name: 'cheap' })
  const dear = await aFake({ name: 'dear' })
  const made = aRouter({
    tiers: { bulk: ['cheap/a', 'dear/b'] },
    providers: providersOf({ cheap, dear }),
    ...options,
  })
  return { cheap, dear, ...made }
}

async function failureOf(asking: Promise<unknown>): Promise<LlmError> {
  const thrown: unknown = await asking.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof LlmError) return thrown
  throw new Error('the call did not fail')
}

/** So many calls that nobody answers. */
async function hanging(router: Router, count: number): Promise<() => Promise<void>> {
  const aborter = new AbortController()
  const calls = Array.from({ length: count }, () => failureOf(router.ask('hi', { signal: aborter.signal })))
  return async () => {
    aborter.abort()
    await Promise.all(calls)
  }
}

function blockTheEventLoop(ms: number): void {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs) continue
}

test('no more calls are under way than may be, and who is refused is told at once when to come back', async () => {
  const { cheap, dear, router, lines } = await aScene({ shedding: { maxInFlight: 5 } })
  cheap.always({ fault: 'silence' })
  const release = await hanging(router, 5)
  await cheap.waitFor(5)
  const error = await failureOf(router.ask('hi', { priority: 100 }))
  expect(error).toMatchObject({ code: 'overloaded', status: 503, retryAfterMs: 1_000 })
  expect(error.report).toMatchObject({ outcome: 'refused', attempts: [] })
  const stream = router.chat.completions.create({ ...saying('hi'), stream: true })
  expect(await failureOf(stream)).toMatchObject({ code: 'overloaded' })
  expect(cheap.requests).toHaveLength(5)
  expect(dear.requests).toHaveLength(0)
  const warnings = lines.filter(({ level, message }) => level === 'warn' && message.includes('503'))
  expect(warnings).toHaveLength(1)
  await release()
  cheap.always({})
  expect((await router.ask('hi')).report.target).toBe('cheap/a')
})

test('calls of low priority leave the last fifth to the others', async () => {
  const { cheap, router } = await aScene({ shedding: { maxInFlight: 5 } })
  cheap.always({ fault: 'silence' })
  const release = await hanging(router, 4)
  await cheap.waitFor(4)
  expect(await failureOf(router.ask('hi', { priority: -1 }))).toMatchObject({ code: 'overloaded' })
  cheap.always({})
  expect((await router.ask('hi')).report.outcome).toBe('success')
  await release()
})

test('when the event loop is late, calls of low priority are refused, and no others', async () => {
  const { router } = await aScene({ shedding: { maxLagMs: 100 } })
  await router.ask('hi', { priority: -1 })
  const normal = router.ask('hi')
  blockTheEventLoop(300)
  const error = await failureOf(router.ask('hi', { priority: -1 }))
  expect(error).toMatchObject({ code: 'overloaded', status: 503 })
  expect(error.message).toMatch(/event loop is \d+ ms late/)
  expect((await normal).report.outcome).toBe('success')
  await expect
    .poll(async () => {
      const { report } = await router.ask('hi', { priority: -1 })
      return report.outcome
    })
    .toBe('success')
})

test('when its queue is full, a call of low priority is refused instead of going to a dearer target', async () => {
  const { cheap, dear, router } = await aScene({
    targets: { 'cheap/a': { limits: { concurrency: 1, queueMax: 1 } } },
  })
  cheap.always({ fault: 'silence' })
  const release = await hanging(router, 2)
  await cheap.waitFor(1)
  const error = await failureOf(router.ask('hi', { priority: -1 }))
  expect(error).toMatchObject({ code: 'overloaded', status: 503 })
  expect(error.retryAfterMs).toBeGreaterThanOrEqual(1_000)
  expect(dear.requests).toHaveLength(0)
  expect((await router.ask('hi')).report.target).toBe('dear/b')
  await release()
})

test('a client gets 503 with Retry-After, and nothing of the inside', async () => {
  const { cheap, router } = await aScene({ shedding: { maxInFlight: 1 } })
  cheap.always({ fault: 'silence' })
  const app = express()
  app.use(llm(router))
  app.get('/ask', async (req, res) => {
    res.json(await req.llm.ask('hi'))
  })
  app.use(llmErrorHandler())
  const url = await served(app)
  const release = await hanging(router, 1)
  await cheap.waitFor(1)
  const response = await fetch(`${url}/ask`)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('1')
  expect(await response.json()).toMatchObject({
    code: 'overloaded',
    title: 'The server has too much to do',
    detail: 'The server has too much to do.',
  })
  await release()
})

test.each([
  [{ maxInFlight: 0 }, 'shedding.maxInFlight'],
  [{ maxLagMs: -1 }, 'shedding.maxLagMs'],
  [{ maxLag: 5 }, 'maxLagMs'],
])('%j is refused when the router is made', async (shedding, named) => {
  const making = aScene({ shedding: shedding as RouterOptions['shedding'] & object })
  expect(await failureOf(making)).toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining(named),
  })
})
