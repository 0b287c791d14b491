import { describe, expect, test } from 'vitest'
import { AttemptError } from '../../../src/core/attempt-failure.ts'
import type { ChatChunk } from '../../../src/core/openai-types.ts'
import type { StreamPart } from '../../../src/core/provider-stream.ts'
import { createResponsesFold } from '../../../src/providers/responses-fold.ts'

interface Folded {
  readonly chunks: readonly ChatChunk[]
  readonly told: unknown
  readonly isLast: boolean
}

/** Events as they come: `type` in the data, or as the name of the event only. */
function fold(events: readonly Readonly<Record<string, unknown>>[]): Folded {
  const folded = createResponsesFold({
    instance: 'perplexity',
    fail: (body) =>
      new AttemptError({ kind: 'server', wasSent: true, message: `failed: ${JSON.stringify(body)}` }),
  })
  const parts: StreamPart[] = []
  let last: string | undefined
  for (const { event, ...json } of events) {
    expect(last).not.toBe('last')
    last = folded.take(
      json,
      { event: typeof event === 'string' ? event : '', data: JSON.stringify(json) },
      parts,
    )
  }
  expect(parts.every(({ json }) => json === undefined)).toBe(true)
  return { chunks: parts.map(({ chunk }) => chunk), told: folded.told(), isLast: last === 'last' }
}

const RESPONSE = {
  id: 'resp_1',
  created_at: 1_790_000_000,
  model: 'sonar-pro',
  status: 'completed',
  error: null,
  output: [
    { type: 'search_results', results: [{ id: 1, url: 'https://a.example/1' }] },
    { type: 'message', content: [{ type: 'output_text', text: 'Hello [1].', annotations: [] }] },
  ],
  usage: { input_tokens: 20, output_tokens: 9, total_tokens: 29, cost: { total_cost: 0.0062 } },
}
const CREATED = {
  type: 'response.created',
  response: { ...RESPONSE, status: 'in_progress', output: [], usage: null },
}
const COMPLETED = { type: 'response.completed', response: RESPONSE }
const HEAD = {
  id: 'resp_1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'sonar-pro',
}

const text = (delta: string) => ({ type: 'response.output_text.delta', delta, output_index: 1 })

function choice(delta: object, finish_reason: string | null = null): object {
  return { ...HEAD, choices: [{ index: 0, delta, finish_reason, logprobs: null }] }
}

describe('events of the Responses API', () => {
  test('become chunks, with sources at the finish, and usage with its cost last', () => {
    const { chunks, told, isLast } = fold([
      CREATED,
      { type: 'response.in_progress', response: CREATED.response },
      { type: 'response.reasoning.search_results', results: [] },
      { type: 'response.output_item.added', item: { type: 'message' } },
      { type: 'response.reasoning_summary_text.delta', delta: 'Hm.' },
      text('Hello'),
      text(''),
      text(' [1].'),
      { type: 'response.output_text.done', text: 'Hello [1].' },
      COMPLETED,
    ])
    expect(chunks).toEqual([
      choice({ role: 'assistant', reasoning_content: 'Hm.' }),
      choice({ content: 'Hello' }),
      choice({ content: ' [1].' }),
      {
        ...choice({}, 'stop'),
        citations: ['https://a.example/1'],
        search_results: [{ id: 1, url: 'https://a.example/1' }],
      },
      {
        ...HEAD,
        choices: [],
        usage: {
          prompt_tokens: 20,
          completion_tokens: 9,
          total_tokens: 29,
          cost: { total_cost: 0.0062 },
        },
      },
    ])
    expect(told).toEqual(RESPONSE.usage)
    expect(isLast).toBe(true)
  })

  test('are known by the name of the event where their data has none', () => {
    const { chunks } = fold([
      { event: 'response.created', response: CREATED.response },
      { event: 'response.output_text.delta', delta: 'Hi.' },
      { event: 'response.completed', response: RESPONSE },
    ])
    expect(chunks[0]).toEqual(choice({ role: 'assistant', content: 'Hi.' }))
    expect(chunks).toHaveLength(3)
  })

  test('that refuse have a refusal', () => {
    const { chunks } = fold([CREATED, { type: 'response.refusal.delta', delta: 'No.' }, COMPLETED])
    expect(chunks[0]).toEqual(choice({ role: 'assistant', refusal: 'No.' }))
  })

  test.each([
    [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'content_filter'],
    [{ status: undefined }, 'length'],
  ])('that were cut say why: %o', (parts, reason) => {
    const response = JSON.parse(JSON.stringify({ ...RESPONSE, ...parts })) as object
    const { chunks } = fold([CREATED, text('x'), { type: 'response.incomplete', response }])
    expect(chunks[1]?.choices[0]?.finish_reason).toBe(reason)
  })

  test('without deltas give the answer that their end holds', () => {
    const { chunks } = fold([CREATED, COMPLETED])
    expect(chunks[0]).toEqual(choice({ role: 'assistant', content: 'Hello [1].' }))
    expect(chunks[1]?.choices[0]?.finish_reason).toBe('stop')
  })

  test('that do not repeat their items at the end keep what the items held', () => {
    const items = RESPONSE.output.map((item) => ({ type: 'response.output_item.done', item }))
    const { output: _output, ...bare } = RESPONSE
    const { chunks } = fold([CREATED, text('x'), ...items, { type: 'response.completed', response: bare }])
    expect(chunks[1]).toMatchObject({ citations: ['https://a.example/1'] })
  })

  test('that tell nothing of usage make no chunk of it', () => {
    const { usage: _usage, ...bare } = RESPONSE
    const { chunks, told } = fold([text('x'), { type: 'response.completed', response: bare }])
    expect(chunks).toHaveLength(2)
    expect(told).toBeUndefined()
  })
})

describe('failures in the words of the Responses API', () => {
  const error = { code: 'server_error', message: 'it failed' }

  test.each([
    [
      { type: 'response.failed', response: { ...RESPONSE, status: 'failed', error } },
      /failed: .*server_error/,
    ],
    [{ type: 'response.failed', response: { status: 'failed', error: null } }, /failed: .*"status":"failed"/],
    [{ type: 'response.failed' }, /failed: .*resp_1/],
    // Some servers end a failed response with the event of a good one.
    [{ type: 'response.completed', response: { ...RESPONSE, error } }, /failed: .*server_error/],
    [{ type: 'error', ...error, param: null }, /failed: .*server_error/],
    [
      { type: 'response.completed', response: { ...RESPONSE, output: [] } },
      /perplexity answered a response without a message/,
    ],
    [{ type: 'response.completed' }, /perplexity answered a response without a message/],
  ])('are thrown: %o', (event, message) => {
    expect(() => fold([CREATED, event])).toThrow(AttemptError)
    expect(() => fold([CREATED, event])).toThrow(message)
  })
})
