import { type DialectFake, openaiError, unknownField } from './fake.ts'

const FIELDS = ['model', 'input', 'max_output_tokens', 'temperature', 'top_p', 'search_domain_filter']

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
    return {
      headers: { 'x-request-id': 'pplx-1' },
      body: {
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
      },
    }
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
