import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import OpenAI from 'openai'
import { expect, test, vi } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import type { RouterOptions } from '../../../src/config/options.ts'
import type { FakeProviderServerOptions } from '../../../src/testing/fake/provider.ts'
import { llmErrorHandler } from '../../../src/middleware/error-handler.ts'
import { llm } from '../../../src/middleware/llm.ts'
import { LlmStream } from '../../../src/surface/llm-stream.ts'
import { aFake, aRouter, providersOf, saying, served } from '../../support/app.ts'

const streamed = { ...saying('Count.'), stream: true } as const
const WORDS = 'One two three four five six seven eight.'
const PRICE = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }

async function oneProvider(options: FakeProviderServerOptions = {}, config: Partial<RouterOptions> = {}) {
  const fake = await aFake({ answer: WORDS, ...options })
  const { router, lines } = aRouter({
    tiers: { cheap: ['fake/a'] },
    targets: { 'fake/a': { price: PRICE } },
    providers: providersOf({ fake }),
    ...config,
  })
  return { fake, router, lines }
}

async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  return text
}

async function failureOf(work: Promise<unknown>): Promise<LlmError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof LlmError)) throw new Error('no LlmError', { cause: error })
  return error
}

test('gives the chunks that the client gives', async () => {
  const { fake, router } = await oneProvider()
  const client = new OpenAI({ baseURL: fake.baseUrl, apiKey: 'k' })
  const theirs = []
  for await (const chunk of await client.chat.completions.create({ ...streamed, model: 'a' }))
    theirs.push(chunk)
  const ours = []
  const stream = await router.chat.completions.create(streamed)
  for await (const chunk of stream) ours.push(chunk)
  const alike = (chunks: readonly OpenAI.ChatCompletionChunk[]) =>
    chunks.map(({ id: _id, created: _created, ...rest }) => rest)
  expect(alike(ours)).toEqual(alike(theirs))
  expect(stream).toBeInstanceOf(LlmStream)
})

test('its usage is exact, and only shown to those who ask for it', async () => {
  const { fake, router } = await oneProvider()
  const hidden = await router.chat.completions.create(streamed)
  for await (const chunk of hidden) expect(chunk).not.toHaveProperty('usage')
  const params = { ...streamed, stream_options: { include_usage: true } }
  const shown = []
  const stream = await router.chat.completions.create(params)
  for await (const { usage, choices } of stream) shown.push([choices.length, usage?.completion_tokens])
  expect(shown.at(-1)).toEqual([0, fake.requests[1]?.usage?.completionTokens])
  for (const each of [hidden, stream]) {
    const report = await each.report
    expect(report).toMatchObject({ outcome: 'success', costStatus: 'exact', target: 'fake/a' })
    expect(report.outputTokens).toBe(fake.requests[0]?.usage?.completionTokens)
  }
})

test('withReport(), withResponse() and asResponse() at the commit point', async () => {
  const { router } = await oneProvider()
  const reported = await router.chat.completions.create(streamed).withReport()
  expect(await textOf(reported.data)).toBe(WORDS)
  expect((await reported.report).outcome).toBe('success')
  const { data, response, request_id: id } = await router.chat.completions.create(streamed).withResponse()
  expect([response.status, id]).toEqual([200, response.headers.get('x-request-id')])
  expect(await textOf(data)).toBe(WORDS)
  const raw = await router.chat.completions.create(streamed).asResponse()
  expect(raw.headers.get('content-type')).toContain('text/event-stream')
  expect((await raw.text()).endsWith('data: [DONE]\n\n')).toBe(true)
})

test('leaving the loop closes the provider’s socket, and bills what came', async () => {
  const { fake, router } = await oneProvider({ answer: WORDS.repeat(50), script: [{ tokenDelayMs: 5 }] })
  const stream = await router.chat.completions.create(streamed)
  let count = 0
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content && ++count === 3) break
  await fake.waitForClose()
  const report = await stream.report
  expect(report).toMatchObject({ outcome: 'cancelled', errorType: 'cancelled', costStatus: 'estimated' })
  expect(report.outputTokens).toBeGreaterThanOrEqual(3)
  expect(report.outputTokens).toBeLessThan(50)
  expect(router.summary()).toMatchObject({ calls: 1, attempts: 1, costUsd: report.costUsd })
})

test('abort() ends it without an error, the caller’s own signal with one', async () => {
  const slow = { tokenDelayMs: 5, answer: WORDS.repeat(50) }
  const { fake, router } = await oneProvider({ script: [slow, slow] })
  const stopped = await router.chat.completions.create(streamed)
  setTimeout(() => stopped.abort(), 20)
  expect((await textOf(stopped)).length).toBeLessThan(WORDS.length * 50)
  expect((await stopped.report).outcome).toBe('cancelled')
  const aborter = new AbortController()
  const aborted = await router.chat.completions.create(streamed, { signal: aborter.signal })
  setTimeout(() => aborter.abort(), 20)
  expect(await failureOf(textOf(aborted))).toMatchObject({
    code: 'cancelled',
    report: { outcome: 'cancelled' },
  })
  await fake.waitFor(2)
})

test('aborted while it is piped, it ends without [DONE]', async () => {
  const { router } = await oneProvider({ script: [{ tokenDelayMs: 5, answer: WORDS.repeat(50) }] })
  const url = await served((_req: IncomingMessage, res: ServerResponse) => {
    void (async () => {
      const stream = await router.chat.completions.create(streamed)
      setTimeout(() => stream.abort(), 20)
      await stream.pipe(res).catch(() => undefined)
    })()
  })
  const text = await (await fetch(url)).text().catch(() => '')
  expect(text).not.toContain('[DONE]')
})

test('a stream can be read once', async () => {
  const { router } = await oneProvider()
  const stream = await router.chat.completions.create(streamed)
  await textOf(stream)
  expect(await failureOf(textOf(stream))).toMatchObject({ code: 'invalid_params' })
})

test('tee() and toReadableStream() are the client’s', async () => {
  const { router } = await oneProvider()
  const [left, right] = (await router.chat.completions.create(streamed)).tee()
  expect(await Promise.all([textOf(left), textOf(right)])).toEqual([WORDS, WORDS])
  const lines = await new Response((await router.chat.completions.create(streamed)).toReadableStream()).text()
  const parsed = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as OpenAI.ChatCompletionChunk)
  expect(parsed.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(WORDS)
})

test('the deadline of the call ends a stream that is under way', async () => {
  const { fake, router } = await oneProvider({ script: [{ tokenDelayMs: 20, answer: WORDS.repeat(50) }] })
  const stream = await router.chat.completions.create(streamed, { timeout: 100 })
  const error = await failureOf(textOf(stream))
  expect(error).toMatchObject({ code: 'deadline_exceeded', status: 504, report: { outcome: 'cancelled' } })
  await fake.waitForClose()
})

test('a stream that nobody reads is ended', async () => {
  const { fake, router, lines } = await oneProvider(
    { script: [{ tokenDelayMs: 5, answer: WORDS.repeat(50) }] },
    { timeouts: { abandonedMs: 50 } },
  )
  const stream = await router.chat.completions.create(streamed)
  await fake.waitForClose()
  const report = await stream.report
  expect(report).toMatchObject({
    outcome: 'cancelled',
    errorType: 'stream_abandoned',
    costStatus: 'estimated',
  })
  expect(lines.filter(({ message }) => message === 'llm call')).toHaveLength(1)
  expect(await failureOf(textOf(stream))).toMatchObject({ code: 'stream_abandoned' })
})

test('a reader who is slow, but reads, is not taken for one who has left', async () => {
  const { router } = await oneProvider(
    { script: [{ tokenDelayMs: 5 }] },
    { timeouts: { abandonedMs: 100, betweenTokensMs: 100 } },
  )
  const stream = await router.chat.completions.create(streamed)
  let text = ''
  for await (const { choices } of stream) {
    text += choices[0]?.delta.content ?? ''
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  expect(text).toBe(WORDS)
})

test('closing the router ends streams under way', async () => {
  const { router } = await oneProvider({ script: [{ tokenDelayMs: 20, answer: WORDS.repeat(50) }] })
  const stream = await router.chat.completions.create(streamed)
  const reading = failureOf(textOf(stream))
  await router.close()
  expect(await reading).toMatchObject({ code: 'router_closed' })
})

test('held back, an answer is checked before anybody sees it', async () => {
  const first = await aFake({ answer: 'bad' })
  const second = await aFake({ answer: 'good' })
  const { router } = aRouter({
    tiers: { cheap: ['first/a', 'second/a'] },
    providers: providersOf({ first, second }),
    streams: { afterCut: 'buffer' },
  })
  const accept = vi.fn<(completion: OpenAI.ChatCompletion) => boolean>(
    ({ choices }) => choices[0]?.message.content === 'good',
  )
  const stream = await router.chat.completions.create(streamed, { accept })
  expect(await textOf(stream)).toBe('good')
  expect((await stream.report).attempts.map(({ outcome }) => outcome)).toEqual(['rejected', 'success'])
  expect(accept).toHaveBeenCalledTimes(2)
  const error = await failureOf(router.chat.completions.create(streamed, { accept, afterCut: 'error' }))
  expect(error).toMatchObject({ code: 'invalid_params', param: 'accept' })
})

test('an answer longer than may be held back is let through from there on', async () => {
  const long = WORDS.repeat(100)
  const first = await aFake({ answer: long })
  const second = await aFake()
  const { router } = aRouter({
    tiers: { cheap: ['first/a', 'second/a'] },
    providers: providersOf({ first, second }),
    streams: { afterCut: 'buffer', bufferMaxBytes: 20_000 },
  })
  first.always({ fault: 'cut', answer: long, afterTokens: 900 })
  const stream = await router.chat.completions.create(streamed)
  let text = ''
  const error = await failureOf(
    (async () => {
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    })(),
  )
  expect(error.code).toBe('stream_interrupted')
  expect(long.startsWith(text) && text.length > 1_000).toBe(true)
  expect(second.requests).toHaveLength(0)
})

test('.stream() is the client’s helper, fed by a routed call', async () => {
  const { router } = await oneProvider({ script: [{ status: 503 }] }, { retry: { backoffBaseMs: 1 } })
  const helper = router.chat.completions.stream(saying('Count.'))
  const deltas: string[] = []
  helper.on('content', (delta) => deltas.push(delta))
  const completion = await helper.finalChatCompletion()
  expect(completion.choices[0]?.message.content).toBe(WORDS)
  expect(deltas.join('')).toBe(WORDS)
  expect(await helper.report).toMatchObject({ outcome: 'success', attempts: [{ status: 503 }, {}] })
})

test('.stream() can be aborted, and tells why it failed', async () => {
  const { fake, router } = await oneProvider({ script: [{ tokenDelayMs: 10, answer: WORDS.repeat(50) }] })
  const helper = router.chat.completions.stream(saying('Count.'))
  helper.once('content', () => helper.abort())
  await expect(helper.done()).rejects.toBeInstanceOf(OpenAI.APIUserAbortError)
  expect((await helper.report).outcome).toBe('cancelled')
  fake.always({ status: 401 })
  const failed = router.chat.completions.stream(saying('Count.'))
  await expect(failed.done()).rejects.toMatchObject({ cause: { code: 'exhausted' } })
  expect((await failed.report).outcome).toBe('exhausted')
})

test('what fails .stream() before its first content becomes an HTTP status like any other failure', async () => {
  const { router } = await oneProvider({ script: [{ status: 429, retryAfter: 7 }] })
  const app = express()
  app.use(llm(router))
  app.get('/ask', async (req, res) => {
    res.json(await req.llm.chat.completions.stream(saying('Count.')).finalChatCompletion())
  })
  app.use(llmErrorHandler())
  const response = await fetch(`${await served(app)}/ask`)
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
  expect(await response.json()).toMatchObject({ code: 'exhausted' })
})
