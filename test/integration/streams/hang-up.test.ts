import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import express from 'express'
import { expect, test } from 'vitest'
import type { CallReport } from '../../../src/core/report.ts'
import { llm } from '../../../src/middleware/llm.ts'
import { aFake, aRouter, providersOf, saying, served } from '../../support/app.ts'
import { aCapture } from '../telemetry/captured.ts'

const LONG = 'One two three four five six seven eight nine ten. '.repeat(200)
const streamed = { ...saying('Count.'), stream: true } as const

/** An app that pipes a slow answer to whoever asks. */
async function slowApp(detached: boolean) {
  const answer = detached ? LONG.slice(0, 400) : LONG
  const fake = await aFake()
  fake.always({ answer, tokenDelayMs: 1 })
  const { router } = aRouter({
    tiers: { cheap: ['fake/a'] },
    targets: { 'fake/a': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } } },
    providers: providersOf({ fake }),
  })
  const app = express()
  app.use(llm(router))
  const { promise: report, resolve, reject } = Promise.withResolvers<CallReport>()
  app.get('/chat', async (req, res) => {
    const stream = await req.llm.chat.completions.create(streamed, { detached })
    stream.pipe(res).then(resolve, reject)
  })
  return { fake, router, report, url: `${await served(app)}/chat` }
}

/** A client that leaves as soon as it has read something. @returns when it did */
function leaveEarly(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const client: ClientRequest = request(url, (res: IncomingMessage) => {
      res.once('data', () => {
        client.destroy()
        resolve(Date.now())
      })
      res.on('error', () => undefined)
    })
    client.on('error', reject)
    client.end()
  })
}

test('a client that hangs up in mid-stream reaches the provider’s socket within 100 ms', async () => {
  const captured = await aCapture()
  const { fake, router, report, url } = await slowApp(false)
  const leftAtMs = await leaveEarly(url)
  const seen = await fake.waitForClose()
  expect((seen.closedAtMs ?? Number.POSITIVE_INFINITY) - leftAtMs).toBeLessThan(100)
  const settled = await report
  expect(settled).toMatchObject({
    outcome: 'cancelled',
    errorType: 'cancelled',
    costStatus: 'estimated',
    route: '/chat',
    attempts: [{ outcome: 'cancelled', kind: 'cancelled', usage: { isEstimated: true } }],
  })
  expect(settled.outputTokens).toBeGreaterThan(0)
  expect(settled.outputTokens).toBeLessThan(LONG.length / 4)
  expect(router.summary()).toMatchObject({ calls: 1, attempts: 1, costUsd: settled.costUsd })
  expect(captured.openSpans()).toEqual([])
  const attempt = captured.spans().find(({ name }) => name === 'chat a')
  expect(attempt?.attributes).toMatchObject({
    'error.type': 'cancelled',
    'express_llm.abort.cause': 'client_gone',
  })
})

test('a detached stream goes on to its end when the client has gone', async () => {
  const { fake, report, url } = await slowApp(true)
  await leaveEarly(url)
  expect(await report).toMatchObject({ outcome: 'success', costStatus: 'exact' })
  expect(fake.requests[0]?.outcome).toBe('answered')
})

test('a browser that does not read slows the provider down, and no memory fills', async () => {
  const fake = await aFake()
  const huge = 'x'.repeat(40_000_000)
  fake.always({ answer: huge })
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  const app = express()
  app.use(llm(router))
  app.get('/chat', async (req, res) => {
    const stream = await req.llm.chat.completions.create(streamed)
    await stream.pipe(res)
  })
  const url = `${await served(app)}/chat`
  const paused = new Promise<void>((resolve, reject) => {
    const client = request(url, (res) => {
      res.pause()
      void settledCount(() => fake.requests[0]?.chunksSent ?? 0).then(() => {
        client.destroy()
        resolve()
      }, reject)
    })
    client.on('error', reject)
    client.end()
  })
  await paused
  // Kernel buffers and ours take a few megabytes; the rest was never asked for.
  expect(fake.requests[0]?.tokensSent).toBeLessThan(5_000_000)
  await fake.waitForClose()
})

/** Resolves when a count has not moved for a while: there is no event for what does not happen. */
async function settledCount(read: () => number): Promise<void> {
  let last = -1
  while (last !== read() || last === 0) {
    last = read()
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
