/** Servers on one's own machine, which need no key. */
import { completion, type DialectFake, openaiError } from './fake.ts'
import type { Reply, SeenRequest } from './server.ts'

const usage = { inputTokens: 20, outputTokens: 9 }

function keyless({ headers, body }: SeenRequest): Reply {
  if (headers.authorization !== undefined) return openaiError(401, { message: 'nobody gave you a key' })
  return { body: completion(body['model'], { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 }) }
}

const local = {
  model: 'llama3.2',
  path: '/v1/chat/completions',
  auth: undefined,
  place: (url: string) => ({ baseUrl: `${url}/v1`, apiKey: undefined }),
  reply: keyless,
} as const

const expected = { usage, limit: ['max_tokens', 50], instructionRole: 'system', seed: 'seed' } as const

export const ollama: DialectFake = {
  ...local,
  preset: 'ollama',
  expected: { ...expected, dropped: ['metadata', 'user'] },
  failure: {
    reply: openaiError(404, { message: 'model "x" not found, try pulling it first', type: 'api_error' }),
    kind: 'not-found',
    code: 'api_error',
  },
}

export const vllm: DialectFake = {
  ...local,
  preset: 'vllm',
  expected: { ...expected, dropped: ['metadata'] },
  failure: {
    reply: {
      status: 400,
      body: {
        object: 'error',
        message: "This model's maximum context length is 8192 tokens.",
        type: 'BadRequestError',
        code: 400,
      },
    },
    kind: 'context-window',
    code: 'BadRequestError',
  },
}

export const lmstudio: DialectFake = {
  ...local,
  preset: 'lmstudio',
  expected: { ...expected, dropped: ['metadata'] },
  failure: { reply: { status: 500, body: { error: 'Model crashed' } }, kind: 'server' },
}

export const compatible: DialectFake = {
  ...local,
  preset: 'compatible',
  expected: { ...expected, dropped: [] },
  failure: {
    reply: { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' },
    kind: 'server',
  },
}
