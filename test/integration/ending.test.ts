import { request } from 'node:http'
import express from 'express'
import { expect, test } from 'vitest'
import { LlmError } from '../../src/core/llm-error.ts'
import type { CallReport } from '../../src/core/report.ts'
import { llm } from '../../src/middleware/llm.ts'
import { aFake, aRouter, providersOf, saying, served } from '../support/app.ts'

test('a client that hangs up ends the upstream request, and the call settles as cancelled', async () => {
  const fake = await aFake({ script: [{ fault: 'silence' }] })
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  const app = express()
  app.use(llm(router))
  const reported = new Promise<CallReport | undefined>((resolve) => {
    app.get('/ask', async (req) => {
      await req.llm.chat.completions.create(saying('hi')).catch((error: LlmError) => resolve(error.report))
    })
  })
  const url = await served(app)
  const client = request(`${url}/ask`)
  client.on('error', () => undefined)
  client.end()
  await fake.waitFor(1)
  client.destroy()
  await fake.waitForClose()
  expect(await reported).toMatchObject({
    outcome: 'cancelled',
    errorType: 'cancelled',
    route: '/ask',
    attempts: [{ outcome: 'cancelled', costStatus: 'unpriced' }],
  })
})

test('a detached call goes on after the client has gone', async () => {
  const fake = await aFake({ latencyMs: 30 })
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  const app = express()
  app.use(llm(router))
  const answered = new Promise<string>((resolve) => {
    app.get('/ask', async (req) => {
      resolve((await req.llm.ask('hi', { detached: true })).text)
    })
  })
  const url = await served(app)
  const client = request(`${url}/ask`)
  client.on('error', () => undefined)
  client.end()
  await fake.waitFor(1)
  client.destroy()
  await new Promise((resolve) => {
    client.once('close', resolve)
  })
  expect(await answered).toBe('Hello from fake.')
})

test('the deadline ends everything: the attempt under way, and the call', async () => {
  const fake = await aFake({ script: [{ fault: 'silence' }] })
  const { router } = aRouter({ tiers: { cheap: ['fake/a', 'fake/b'] }, providers: providersOf({ fake }) })
  const error = await failure(router.chat.completions.create(saying('hi'), { timeout: 60 }))
  expect(error).toMatchObject({ code: 'deadline_exceeded', status: 504 })
  expect(error.report).toMatchObject({
    outcome: 'cancelled',
    attempts: [{ target: 'fake/a', outcome: 'cancelled' }],
  })
  await fake.waitForClose()
})

test('the caller’s signal reaches a wait between attempts', async () => {
  const fake = await aFake({ script: [{ status: 429, retryAfter: 2 }] })
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  const controller = new AbortController()
  const call = router.chat.completions.create(saying('hi'), { signal: controller.signal })
  await fake.waitFor(1)
  setTimeout(() => controller.abort(new Error('no longer needed')), 20)
  const error = await failure(call)
  expect(error).toMatchObject({ code: 'cancelled', status: 499 })
  expect(error.report?.latencyMs).toBeLessThan(1500)
  expect(fake.requests).toHaveLength(1)
})

test('a call with an aborted signal sends nothing', async () => {
  const fake = await aFake()
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  const error = await failure(router.chat.completions.create(saying('hi'), { signal: AbortSignal.abort() }))
  expect(error).toMatchObject({ code: 'cancelled', report: { outcome: 'cancelled', attempts: [] } })
  expect(fake.requests).toHaveLength(0)
})

test('a check of the call’s own that never ends does not outlive the deadline; its answer is billed', async () => {
  const fake = await aFake()
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  const call = router.ask('hi', { timeout: 400, accept: () => new Promise<boolean>(() => undefined) })
  const error = await failure(call)
  expect(error).toMatchObject({ code: 'deadline_exceeded' })
  expect(error.report?.attempts).toMatchObject([{ outcome: 'cancelled', usage: { outputTokens: 4 } }])
})

test('the deadline, the signal and a hang-up end a call that waits for identify, and nothing is sent', async () => {
  const fake = await aFake()
  const router = aRouter({
    tiers: { cheap: ['fake/a'] },
    providers: providersOf({ fake }),
    identify: () => new Promise(() => undefined),
  }).router
  const app = express()
  app.use(llm(router))
  app.get('/ask', async (req, res) => {
    const errors = await Promise.all([
      failure(req.llm.ask('hi', { timeout: 30 })),
      failure(req.llm.ask('hi', { signal: AbortSignal.timeout(30) })),
      failure(req.llm.ask('hi', { signal: AbortSignal.abort() })),
    ])
    res.json(errors.map(({ code }) => code))
  })
  const codes: unknown = await (await fetch(`${await served(app)}/ask`)).json()
  expect(codes).toEqual(['deadline_exceeded', 'cancelled', 'cancelled'])
  expect(fake.requests).toHaveLength(0)
})

test('closing the router ends the calls under way, between attempts too, and they say so', async () => {
  const fake = await aFake({ script: [{ status: 429, retryAfter: 2 }, { fault: 'silence' }] })
  const { router } = aRouter({ tiers: { cheap: ['fake/a', 'fake/b'] }, providers: providersOf({ fake }) })
  const waiting = failure(router.ask('hi'))
  await fake.waitFor(1)
  const silent = failure(router.ask('hi'))
  await fake.waitFor(2)
  await router.close()
  expect((await Promise.all([waiting, silent])).map(({ code, report }) => [code, report?.outcome])).toEqual([
    ['router_closed', 'cancelled'],
    ['router_closed', 'cancelled'],
  ])
  expect(fake.requests).toHaveLength(2)
})

test('a closed router takes no calls', async () => {
  const fake = await aFake()
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  await router.close()
  expect(await failure(router.chat.completions.create(saying('hi')))).toMatchObject({
    code: 'router_closed',
    status: 503,
  })
})

test('many calls of one request, and of one signal, warn of no leak', async () => {
  const fake = await aFake()
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  const warnings: Error[] = []
  const keep = (warning: Error): void => void warnings.push(warning)
  process.on('warning', keep)
  const app = express()
  app.use(llm(router))
  app.get('/ask', async (req, res) => {
    const { signal } = new AbortController()
    const calls = Array.from({ length: 30 }, () => req.llm.ask('hi', { signal }))
    await Promise.all(calls)
    res.json({ calls: req.llm.summary().calls, listeners: res.listenerCount('close') })
  })
  const { calls, listeners } = (await (await fetch(`${await served(app)}/ask`)).json()) as Record<
    string,
    number
  >
  process.off('warning', keep)
  // One for the hang-up, one for the word about many calls.
  expect([calls, listeners]).toEqual([30, 2])
  expect(warnings).toEqual([])
})

test('nothing listens on the caller’s signal after its calls are over', async () => {
  const fake = await aFake()
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...args)
  }
  for (let count = 0; count < 5; count++) await router.chat.completions.create(saying('hi'), { signal })
  expect(listeners).toBe(0)
})

async function failure(promise: Promise<unknown>): Promise<LlmError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof LlmError) return error
  throw new Error(`expected an LlmError, got ${String(error)}`)
}
