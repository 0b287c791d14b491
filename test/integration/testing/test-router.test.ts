import express from 'express'
import supertest from 'supertest'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { llm } from '../../../src/middleware/llm.ts'
import {
  createTestRouter,
  type TestRouter,
  type TestRouterOptions,
} from '../../../src/testing/test-router.ts'

const hello = { messages: [{ role: 'user' as const, content: 'hello' }] }
const silent = { debug() {}, info() {}, warn() {}, error() {} }

function aTestRouter(options: TestRouterOptions = {}): TestRouter {
  const router = createTestRouter({ logger: silent, ...options })
  onTestFinished(() => router.close())
  return router
}

function refusal(act: () => unknown): LlmError {
  try {
    act()
  } catch (error) {
    if (error instanceof LlmError) return error
  }
  throw new Error('it was not refused')
}

test('serves an app under supertest without any server, key or configuration', async () => {
  const router = aTestRouter({ answers: { premium: 'Certainly.', cheap: 'hi' } })
  const app = express().use(express.json(), llm(router))
  app.post('/ask', async (req, res) => {
    const { text, report } = await req.llm.ask(req.body.question, { tier: req.body.tier })
    res.json({ text, target: report.target })
  })
  const ask = (body: object) => supertest(app).post('/ask').send(body)
  expect((await ask({ question: 'What?', tier: 'premium' })).body).toEqual({
    text: 'Certainly.',
    target: 'test/premium',
  })
  expect((await ask({ question: 'What else?' })).body).toEqual({ text: 'hi', target: 'test/cheap' })
  expect(router.attempts).toMatchObject([
    { target: 'test/premium', params: { model: 'premium', messages: [{ content: 'What?' }] } },
    { target: 'test/cheap', params: { model: 'cheap', messages: [{ content: 'What else?' }] } },
  ])
})

test('uses a list one by one, failures included, and the last step for ever', async () => {
  const router = aTestRouter({ answers: { cheap: [{ status: 503 }, 'first', 'then'] } })
  const texts: (string | null | undefined)[] = []
  for (let call = 0; call < 3; call++) {
    const completion = await router.chat.completions.create(hello)
    texts.push(completion.choices[0]?.message.content)
  }
  expect(texts).toEqual(['first', 'then', 'then'])
  expect(router.attempts.map(({ request }) => request.status)).toEqual([503, 200, 200, 200])
})

test('falls back between the targets of the app, which share the answers of their tier', async () => {
  const router = aTestRouter({
    tiers: { cheap: ['openai/gpt-4o-mini', 'groq/openai/gpt-oss-20b'] },
    answers: { cheap: [{ status: 401 }, 'from the fallback'] },
  })
  const { data, report } = await router.chat.completions.create(hello).withReport()
  expect(data.choices[0]?.message.content).toBe('from the fallback')
  expect(router.attempts.map(({ target }) => target)).toEqual([
    'openai/gpt-4o-mini',
    'groq/openai/gpt-oss-20b',
  ])
  expect(report).toMatchObject({ target: 'groq/openai/gpt-oss-20b', costStatus: 'exact' })
})

test('answers of a target win over those of its tier', async () => {
  const router = aTestRouter({
    tiers: { cheap: ['a/one', 'b/two'] },
    providers: { a: { baseUrl: 'http://a.example' }, b: { baseUrl: 'http://b.example' } },
    answers: { 'a/one': { fault: 'reset' }, cheap: 'b speaks' },
  })
  expect((await router.ask('hello')).text).toBe('b speaks')
  expect(router.fake('a/one').requests).toHaveLength(2)
})

test('answers can be made of what was asked, and changed while the app runs', async () => {
  const router = aTestRouter({ answers: { cheap: ({ body }) => `${body?.messages?.length} message` } })
  expect((await router.ask('hello')).text).toBe('1 message')
  router.fake('cheap').script(['something else'])
  expect((await router.ask('hello')).text).toBe('something else')
  expect(router.fake('cheap').completions.requests).toBe(2)
})

test('streams, with faults in the middle of an answer, and knows who left', async () => {
  const router = aTestRouter({
    tiers: { cheap: ['a/one', 'b/two'] },
    providers: { a: { baseUrl: 'http://a.example' }, b: { baseUrl: 'http://b.example' } },
    answers: {
      'a/one': [
        { fault: 'cut', afterTokens: 0 },
        { fault: 'cut', afterTokens: 2, answer: '12345678rest' },
      ],
      cheap: { answer: 'b speaks', tokenDelayMs: 1 },
    },
  })
  const texts: string[] = []
  const read = async () => {
    texts.length = 0
    for await (const { choices } of await router.chat.completions.create({ ...hello, stream: true })) {
      texts.push(choices[0]?.delta.content ?? '')
    }
  }
  await read()
  expect(texts.join('')).toBe('b speaks')
  expect(router.attempts.map(({ request }) => [request.outcome, request.tokensSent])).toEqual([
    ['fault', 0],
    ['answered', 2],
  ])
  await expect(read()).rejects.toMatchObject({ code: 'stream_interrupted' })
  expect(texts.join('')).toBe('12345678')
})

test('embeds', async () => {
  const { data } = await aTestRouter().embeddings.create({ input: ['a', 'b'] })
  expect(data).toHaveLength(2)
})

test('a call that is aborted while its provider is silent ends, and the fake knows', async () => {
  const router = aTestRouter({ answers: { cheap: { fault: 'silence' } } })
  const hangUp = new AbortController()
  const call = router.chat.completions.create(hello, { signal: hangUp.signal })
  const failure = call.then(
    () => undefined,
    (error: unknown) => error,
  )
  await router.fake('cheap').waitFor(1)
  hangUp.abort()
  expect(await failure).toMatchObject({ code: 'cancelled' })
  expect(await router.fake('cheap').waitForClose()).toMatchObject({ outcome: 'client-closed' })
})

test('answers for targets of tiers and tasks with options of their own', async () => {
  const router = aTestRouter({
    tiers: { cheap: { targets: ['a/one', 'b/two'], strategy: 'fastest' } },
    tasks: { translate: { targets: ['c/three'] } },
    answers: { cheap: ['first', 'second'], 'c/three': 'third' },
  })
  const texts = [
    await router.ask('hi'),
    await router.ask('hi'),
    await router.ask('hi', { task: 'translate' }),
  ]
  expect(texts.map(({ text }) => text)).toEqual(['first', 'second', 'third'])
  expect(router.attempts.map(({ target }) => target)).toEqual(['a/one', 'b/two', 'c/three'])
})

test('takes a whole config, and no provider in it is reached, nor the environment read', async () => {
  vi.stubEnv('OPENAI_API_VERSION', '1999-12-31')
  const config: TestRouterOptions = {
    tiers: {
      premium: ['azure/my-deployment', 'perplexity/sonar', 'bedrock/some-model'],
      cheap: ['mistral/mistral-small-latest', 'local/llama'],
    },
    tasks: { translate: ['deepseek/deepseek-chat'] },
    providers: { local: { baseUrl: 'http://127.0.0.1:1', apiKeyEnv: 'LOCAL_KEY' } },
    retry: { retriesPerTarget: 0 },
  }
  const router = aTestRouter({
    ...config,
    answers: { premium: [{ status: 503 }, { status: 503 }, 'third'], cheap: 'hi' },
  })
  expect((await router.ask('hello', { tier: 'premium' })).report.target).toBe('bedrock/some-model')
  expect((await router.ask('hello')).report.target).toBe('mistral/mistral-small-latest')
  expect((await router.ask('hello', { task: 'translate' })).text).toBe('Hello from test.')
  expect(router.attempts.map(({ target }) => target)).toEqual([
    'azure/my-deployment',
    'perplexity/sonar',
    'bedrock/some-model',
    'mistral/mistral-small-latest',
    'deepseek/deepseek-chat',
  ])
  expect(router.attempts[0]?.request.path).toContain('api-version=2024-10-21')
})

test('refuses answers that nobody is to give, and names that have none', () => {
  const wrong = refusal(() => createTestRouter({ tiers: { cheap: ['a/one'] }, answers: { chaep: 'hi' } }))
  expect(wrong.message).toContain('Did you mean "cheap"?')
  expect(refusal(() => createTestRouter({ answers: { 'a/one': 'hi' } })).param).toBe('tiers')
  expect(refusal(() => aTestRouter().fake('cheep')).message).toContain('Did you mean "cheap"?')
  expect(
    refusal(() => createTestRouter({ answers: { cheap: { fault: 'stal' } as object } })).message,
  ).toContain('stall')
})

test.each<[options: unknown, param: string]>([
  [null, 'options'],
  ['hi', 'options'],
  [{ answers: 'hi' }, 'answers'],
  [{ answers: ['hi'] }, 'answers'],
  [{ answers: null }, 'answers'],
  [{ answers: { cheap: 5 } }, 'step'],
  [{ tiers: null }, 'tiers'],
  [{ tiers: { cheap: null } }, 'tiers.cheap'],
  [{ tiers: { cheap: [null] } }, 'tiers.cheap[0]'],
  [{ providers: null }, 'providers'],
  [{ providers: { a: null } }, 'providers.a'],
  [{ aliases: 5 }, 'aliases'],
])('refuses %j in a sentence', (options, param) => {
  const error = refusal(() => createTestRouter(options as TestRouterOptions))
  expect(error).toMatchObject({ code: 'config_invalid', param, message: expect.stringMatching(/\.$/) })
})
