import { type DialectFake, openaiError, unknownField } from './fake.ts'
import type { Reply } from './server.ts'

const FIELDS = [
  'model',
  'input',
  'max_output_tokens',
  'stream',
  'temperature',
  'top_p',
  'search_domain_filter',
]

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_790_000_000,
  model: 'sonar-pro',
  status: 'completed',
  error: null,
  output: [
    {
      type: 'search_results',
      results: [
        { id: 1, url: 'https://a.example/1', title: 'A' },
        { id: 2, url: 'https://b.example/2' },
      ],
    },
    {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hello [1].', annotations: [] }],
    },
  ],
  usage: {
    input_tokens: 20,
    output_tokens: 9,
    total_tokens: 29,
    cost: {
      currency: 'USD',
      input_cost: 0.00006,
      output_cost: 0.00014,
      request_cost: 0.006,
      total_cost: 0.0062,
    },
  },
}

const BEGUN = { ...RESPONSE, status: 'in_progress', output: [], usage: null }

const [FOUND, MESSAGE] = RESPONSE.output

/** The answer above as it is streamed: searches first, and the whole once more at its end. */
export const RESPONSE_EVENTS: readonly ResponseEvent[] = [
  { type: 'response.created', response: BEGUN },
  { type: 'response.in_progress', response: BEGUN },
  { type: 'response.reasoning.started', thought: 'I search.' },
  { type: 'response.reasoning.search_queries', queries: ['hello'] },
  { type: 'response.reasoning.search_results', results: FOUND?.results },
  { type: 'response.reasoning.stopped' },
  { type: 'response.output_item.done', output_index: 0, item: FOUND },
  { type: 'response.output_item.added', output_index: 1, item: { type: 'message', content: [] } },
  { type: 'response.output_text.delta', output_index: 1, delta: 'Hello' },
  { type: 'response.output_text.delta', output_index: 1, delta: ' [1].' },
  { type: 'response.output_text.done', output_index: 1, text: 'Hello [1].' },
  { type: 'response.output_item.done', output_index: 1, item: MESSAGE },
  { type: 'response.completed', response: RESPONSE },
]

export interface ResponseEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** Events as they go over the wire: numbered, and named twice. */
export function streamed(events: readonly ResponseEvent[]): Reply {
  const lines = events.map((event, sequence_number) => {
    const data = JSON.stringify({ ...event, sequence_number })
    return `event: ${event.type}\ndata: ${data}\n\n`
  })
  const headers = { 'content-type': 'text/event-stream', 'x-request-id': 'pplx-1' }
  return { headers, body: lines.join('') }
}

/** The Responses API, with what the search found and what it cost. */
export const perplexity: DialectFake = {
  preset: 'perplexity',
  model: 'sonar-pro',
  place: (url) => ({ baseUrl: `${url}/v1` }),
  path: '/v1/responses',
  auth: ['authorization', 'Bearer sk-test'],
  reply: ({ body }) => {
    const unknown = unknownField(body, FIELDS)
    if (unknown !== undefined) return openaiError(400, { message: `unknown field ${unknown}` })
    if (body['stream'] === true) return streamed(RESPONSE_EVENTS)
    return { headers: { 'x-request-id': 'pplx-1' }, body: RESPONSE }
  },
  expected: {
    usage: { inputTokens: 20, outputTokens: 9 },
    costUsd: 0.0062,
    requestId: 'pplx-1',
    dropped: ['seed', 'frequency_penalty', 'metadata', 'user'],
    limit: ['max_output_tokens', 50],
    instructionRole: 'system',
    seed: undefined,
  },
  failure: {
    reply: {
      status: 200,
      body: {
        id: 'resp_2',
        status: 'failed',
        error: { code: 'server_error', message: 'failed' },
        output: [],
      },
    },
    kind: 'server',
    code: 'server_error',
  },
}
