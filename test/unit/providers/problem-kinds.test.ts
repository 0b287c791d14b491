import { describe, expect, test } from 'vitest'
import type { FailureKind } from '../../../src/core/failure-kind.ts'
import { kindOfProblem } from '../../../src/providers/problem-kinds.ts'
import { readProblem } from '../../../src/providers/provider-problem.ts'

function kindOf(status: number | undefined, body: unknown): FailureKind {
  return kindOfProblem(status, readProblem(body))
}

describe('well-known sentences of 400s', () => {
  const sentences: readonly (readonly [string, FailureKind])[] = [
    [
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
      'context-window',
    ],
    ['prompt is too long: 210000 tokens > 200000 maximum', 'context-window'],
    ['input length and `max_tokens` exceed context limit: 199000 + 8000 > 200000', 'context-window'],
    [
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      'context-window',
    ],
    ['Please reduce the length of the messages or completion.', 'context-window'],
    ['Input is too long for requested model.', 'context-window'],
    ['too many tokens: total number of tokens in the prompt exceeds the limit of 4081', 'context-window'],
    [
      "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
      'context-window',
    ],
    ['`inputs` tokens + `max_new_tokens` must be <= 8193', 'context-window'],
    ['the request exceeds the available context size, try increasing it', 'context-window'],
    ["the input length exceeds the model's context length", 'context-window'],
    [
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      'content-filter',
    ],
    ['Content Exists Risk', 'content-filter'],
    ['Your request was rejected as a result of our safety system.', 'content-filter'],
    ['Your credit balance is too low to access the Anthropic API.', 'quota'],
    ['API key not valid. Please pass a valid API key.', 'auth'],
    ['Incorrect API key provided: xa***xy.', 'auth'],
    ['The provided model identifier is invalid.', 'not-found'],
    ['temperature must be at most 2', 'invalid-request'],
  ]

  test.each(sentences)('"%s" is %s', (message, kind) => {
    expect(kindOf(400, { error: { message, type: 'invalid_request_error' } })).toBe(kind)
    expect(kindOf(400, { message })).toBe(kind)
  })

  test.each(sentences)('"%s" says nothing in a 500', (message) => {
    expect(kindOf(500, { error: { message } })).toBe('server')
  })

  test('are found in what OpenRouter hands through', () => {
    const raw = JSON.stringify({ error: { message: "This model's maximum context length is 8192 tokens." } })
    expect(kindOf(400, { error: { message: 'Provider returned error', code: 400, metadata: { raw } } })).toBe(
      'context-window',
    )
  })

  test('are found quickly in a very long message', () => {
    const startedMs = performance.now()
    expect(kindOf(400, { message: 'tokens '.repeat(100_000) })).toBe('invalid-request')
    expect(performance.now() - startedMs).toBeLessThan(500)
  })
})

describe('an error body', () => {
  test.each([
    [
      'OpenAI',
      { error: { message: 'm', code: 'c', type: 't', param: 'p' } },
      { codes: ['c', 't'], param: 'p', message: 'm' },
    ],
    [
      'what the client leaves of it',
      { message: 'm', code: 'c', type: 't', param: null },
      { codes: ['c', 't', 'c', 't'], message: 'm' },
    ],
    ['Ollama', { error: 'm' }, { codes: [], message: 'm' }],
    ['xAI', { code: 'c', error: 'm' }, { codes: ['c'], message: 'm' }],
    [
      'Gemini',
      [{ error: { code: 429, message: 'm', status: 'S' } }],
      { codes: ['S'], message: 'm', status: 429 },
    ],
    ['FastAPI', { detail: [{ loc: ['body', 'x'], msg: 'm', input: 'secret' }] }, { codes: [], message: 'm' }],
    [
      'Azure',
      { error: { code: 'content_filter', innererror: { code: 'R' }, message: 'm' } },
      { codes: ['content_filter', 'R'], message: 'm' },
    ],
    ['nobody', 'text', { codes: [], message: 'text' }],
    ['nothing', undefined, { codes: [], message: undefined }],
    ['null', null, { codes: [], message: undefined }],
  ])('of %s is read', (_name, body, expected) => {
    expect(readProblem(body)).toMatchObject(expected)
  })

  test('is not fooled by names that every object has', () => {
    expect(kindOf(400, { error: { code: 'constructor', type: 'toString', message: 'm' } })).toBe(
      'invalid-request',
    )
  })
})
