import { expect, test } from 'vitest'
import { parseFakeOptions, type FakeProviderOptions } from '../../../../src/testing/fake/options.ts'
import type { FakeResponse } from '../../../../src/testing/fake/response.ts'
import { createFakeService, type FakeService } from '../../../../src/testing/fake/service.ts'
import { failing } from '../../../../src/testing/fake/step.ts'

const hello = { model: 'm', messages: [{ role: 'user', content: 'hello' }] }

function service(options: FakeProviderOptions = {}): FakeService {
  return createFakeService(parseFakeOptions(options))
}

function ask(
  fake: FakeService,
  body: object | string = hello,
  more: { path?: string; headers?: Record<string, string> } = {},
) {
  const { path = '/v1/chat/completions', headers = {} } = more
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return fake.receive({ method: 'POST', path, headers, body: text, socketId: 1 }).response
}

/** Status and the parsed body of a whole answer. */
function read(response: FakeResponse) {
  if (response.kind !== 'whole') throw new Error(`the answer is ${response.kind}`)
  return { status: response.status, headers: response.headers, body: JSON.parse(response.body) }
}

function statusOf(response: FakeResponse): number {
  return read(response).status
}

test('does scripted steps in order, once each, then answers as before', () => {
  const fake = service()
  fake.script([...failing(2, { status: 503 }), { status: 429 }])
  expect([1, 2, 3, 4].map(() => statusOf(ask(fake)))).toEqual([503, 503, 429, 200])
})

test('a rule wins over the script, and the script over what is always done', () => {
  const fake = service({ script: [{ status: 500 }] })
  fake.always({ status: 503 })
  fake.when((request) => request.model === 'sick', { status: 418 })
  expect(statusOf(ask(fake, { ...hello, model: 'sick' }))).toBe(418)
  expect([1, 2, 3].map(() => statusOf(ask(fake)))).toEqual([500, 503, 503])
})

test('reset forgets script, rules, requests and totals', () => {
  const fake = service({ script: [{ status: 500 }] })
  fake.when(() => false, { status: 418 })
  fake.always({ status: 503 })
  ask(fake)
  fake.reset()
  expect(statusOf(ask(fake))).toBe(200)
  expect(fake.requests).toHaveLength(1)
})

test('a function decides step and answer when the request is there', () => {
  const fake = service({ answer: (request) => `I am ${request.model}.` })
  fake.script([(request) => ({ answer: `scripted ${request.model}` })])
  expect(read(ask(fake)).body.choices[0].message.content).toBe('scripted m')
  expect(read(ask(fake)).body.choices[0].message.content).toBe('I am m.')
})

test('a function that throws shows up as an answer that says so', () => {
  const fake = service()
  fake.always(() => {
    throw new Error('mistake in the test')
  })
  expect(read(ask(fake))).toMatchObject({ status: 500, body: { error: { code: 'fake_script_threw' } } })
})

test('the same requests get the same answers in a second run', () => {
  const run = () => {
    const fake = service({ name: 'twin' })
    return [ask(fake), ask(fake)].map((response) => ({ ...read(response).body, created: 0 }))
  }
  expect(run()).toEqual(run())
  expect(run().map(({ id }) => id)).toEqual(['chatcmpl-twin-1', 'chatcmpl-twin-2'])
})

test('tool calls, refusals, finish reasons and models are as scripted', () => {
  const fake = service({
    script: [
      {
        toolCalls: [
          { name: 'find', arguments: { q: 1 } },
          { name: 'stop', id: 'x', arguments: 'raw' },
        ],
      },
      { refusal: 'I will not.' },
      { answer: 'cut', finishReason: 'length', model: 'm-2026-11-01' },
    ],
  })
  const [tools, refusal, cut] = [ask(fake), ask(fake), ask(fake)].map((response) => read(response).body)
  expect(tools.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"q":1}' } },
        { id: 'x', function: { name: 'stop', arguments: 'raw' } },
      ],
    },
  })
  expect(refusal.choices[0].message).toMatchObject({ content: null, refusal: 'I will not.' })
  expect(cut).toMatchObject({ model: 'm-2026-11-01', choices: [{ finish_reason: 'length' }] })
})

test('the step says the tokens, else the provider, else the length of the texts', () => {
  const fake = service({ tokens: { promptTokens: 100, reasoningTokens: 7 } })
  fake.script([
    { answer: 'x'.repeat(40), usage: { promptTokens: 5, cachedTokens: 3 } },
    { answer: 'x'.repeat(40) },
  ])
  const usages = [ask(fake), ask(fake)].map((response) => read(response).body.usage)
  expect(usages).toMatchObject([
    { prompt_tokens: 5, completion_tokens: 10, prompt_tokens_details: { cached_tokens: 3 } },
    { prompt_tokens: 100, completion_tokens: 10, completion_tokens_details: { reasoning_tokens: 7 } },
  ])
})

test('tells no usage when it is absent, for one step or for all', () => {
  const quiet = service({ usage: 'absent' })
  expect(read(ask(quiet)).body).not.toHaveProperty('usage')
  const talkative = service({ script: [{ usage: 'absent' }] })
  expect(read(ask(talkative)).body).not.toHaveProperty('usage')
  expect(read(ask(talkative)).body).toHaveProperty('usage')
})

test('parts of a completion replace its own, and the log has the usage that they tell', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const fake = service({ answer: { citations: ['https://example.com'], usage } })
  const { exchange, response } = fake.receive({
    method: 'POST',
    path: '/chat/completions',
    headers: {},
    body: JSON.stringify(hello),
    socketId: undefined,
  })
  expect(read(response).body).toMatchObject({
    citations: ['https://example.com'],
    usage,
    object: 'chat.completion',
  })
  if (response.kind === 'whole') exchange.sent(response)
  expect(fake.completions).toMatchObject({ requests: 1, promptTokens: 1, completionTokens: 2 })
})

test.each([
  [{ messages: hello.messages }, 'model'],
  [{ model: 'm' }, 'messages'],
  [{ model: 'm', messages: [] }, 'messages'],
  [{ ...hello, stream_options: { include_usage: true } }, 'stream_options'],
])('refuses the params %o as the service would', (body, param) => {
  expect(read(ask(service(), body))).toMatchObject({ status: 400, body: { error: { param } } })
})

test('refuses what is not JSON, unknown models and unknown paths', () => {
  const fake = service({ models: ['known'] })
  expect(statusOf(ask(fake, '{"model":'))).toBe(400)
  expect(statusOf(ask(fake, '[]'))).toBe(400)
  expect(read(ask(fake))).toMatchObject({ status: 404, body: { error: { code: 'model_not_found' } } })
  expect(statusOf(ask(fake, hello, { path: '/v1/audio?x=1' }))).toBe(404)
  expect(statusOf(ask(fake, { ...hello, model: 'known' }))).toBe(200)
})

test('takes the model from an Azure path, and keys from each header that clients use', () => {
  const fake = service({ apiKeys: ['k'], models: ['my deployment'] })
  const path = '/openai/deployments/my%20deployment/chat/completions?api-version=1'
  const status = (headers: Record<string, string>) =>
    statusOf(ask(fake, { messages: hello.messages }, { path, headers }))
  expect(status({ authorization: 'Bearer k' })).toBe(200)
  expect(status({ 'api-key': 'k' })).toBe(200)
  expect(status({ 'x-api-key': 'k' })).toBe(200)
  expect(status({ 'x-api-key': 'wrong' })).toBe(401)
  expect(status({})).toBe(401)
})

test('a refused key takes no step off the script', () => {
  const fake = service({ apiKeys: ['k'], script: [{ status: 503 }] })
  expect(statusOf(ask(fake))).toBe(401)
  expect(statusOf(ask(fake, hello, { headers: { 'api-key': 'k' } }))).toBe(503)
})

test('answers 429 with Retry-After when more is asked than a minute allows', () => {
  const fake = service({ requestsPerMinute: 2 })
  const responses = [1, 2, 3].map(() => read(ask(fake)))
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(Number(responses[2]!.headers['retry-after'])).toBeGreaterThan(58)
})

test.each([
  [1.5, { 'retry-after': '1.5' }],
  ['Wed, 21 Oct 2026 07:28:00 GMT', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }],
  [new Date(Date.UTC(2026, 9, 21, 7, 28)), { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }],
  [{ ms: 250 }, { 'retry-after-ms': '250' }],
])('writes Retry-After %o', (retryAfter, headers) => {
  const fake = service({ script: [{ status: 429, retryAfter }] })
  expect(read(ask(fake)).headers).toMatchObject(headers)
})

test('error bodies have what OpenAI sends with the status, unless the step says otherwise', () => {
  const fake = service({
    script: [{ status: 401 }, { status: 418 }, { status: 507 }, { status: 404, code: null, type: 'odd' }],
  })
  const errors = [1, 2, 3, 4].map(() => read(ask(fake)).body.error)
  expect(errors).toMatchObject([
    { code: 'invalid_api_key', type: 'invalid_request_error' },
    { code: null, type: 'invalid_request_error' },
    { code: null, type: 'server_error' },
    { code: null, type: 'odd' },
  ])
})

test('context length and content filter are refused in the words of the services', () => {
  const fake = service({
    script: [
      { fault: 'context-length', limitTokens: 100 },
      { fault: 'content-filter' },
      { fault: 'content-filter', form: 'azure' },
    ],
  })
  const responses = [1, 2, 3].map(() => read(ask(fake)))
  expect(responses).toMatchObject([
    { status: 400, body: { error: { code: 'context_length_exceeded', param: 'messages' } } },
    { status: 400, body: { error: { code: 'invalid_prompt' } } },
    {
      status: 400,
      body: { error: { code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    },
  ])
  expect(responses[0]!.body.error.message).toContain('maximum context length is 100 tokens')
})

test('every step waits the latency, unless it has its own', () => {
  const fake = service({ latencyMs: (request) => (request.model === 'm' ? 20 : 0) })
  fake.script([{}, { status: 500 }, { fault: 'reset' }, { delayMs: 1 }, { fault: 'html', delayMs: 2 }])
  const delays = [1, 2, 3, 4, 5].map(() => {
    const response = ask(fake)
    return response.kind === 'silence' ? undefined : response.delayMs
  })
  expect(delays).toEqual([20, 20, 20, 1, 2])
})

test('a raw body serves paths of other dialects', () => {
  const fake = service({ script: [{ body: { output: [] }, headers: { 'x-dialect': 'responses' } }] })
  expect(read(ask(fake, {}, { path: '/v1/responses' }))).toMatchObject({
    status: 200,
    headers: { 'x-dialect': 'responses' },
    body: { output: [] },
  })
})

test('a body longer than it reads is refused', () => {
  const raw = { method: 'POST', path: '/v1/chat/completions', headers: {}, body: undefined, socketId: 1 }
  expect(statusOf(service().receive(raw).response)).toBe(413)
})

test.each([[{ status: 500 }], ['text'], [null], [undefined]])(
  'a script that is no list is refused: %o',
  (steps) => {
    const fake = service()
    const script = () => fake.script(steps as unknown as Parameters<FakeService['script']>[0])
    expect(script).toThrow('script() takes a list of steps, as in script([{ status: 503 }]).')
    expect(script).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  },
)

test('a rule whose predicate is no function is refused', () => {
  const fake = service()
  expect(() => fake.when('sick' as unknown as () => boolean, 'hi')).toThrow('when() takes a function')
})
