/** Services that refuse what they do not know. */
import {
  COMMON_FIELDS,
  completion,
  type DialectFake,
  messagesOf,
  openaiError,
  rolesOf,
  strictly,
  unknownField,
} from './fake.ts'
import type { Reply, SeenRequest } from './server.ts'

const plainUsage = { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 }
const usage = { inputTokens: 20, outputTokens: 9 }

export const groq: DialectFake = {
  preset: 'groq',
  model: 'openai/gpt-oss-20b',
  place: (url) => ({ baseUrl: `${url}/openai/v1` }),
  path: '/openai/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly([...COMMON_FIELDS, 'max_completion_tokens', 'seed', 'user', 'n'], ({ body }) => {
    if (messagesOf(body).some(({ name }) => name !== undefined))
      return openaiError(400, { message: 'name is unsupported' })
    return { headers: { 'x-request-id': 'req_groq' }, body: completion(body['model'], plainUsage) }
  }),
  expected: {
    usage,
    requestId: 'req_groq',
    dropped: ['metadata'],
    limit: ['max_completion_tokens', 50],
    instructionRole: 'system',
    seed: 'seed',
  },
  failure: {
    reply: openaiError(413, {
      code: 'rate_limit_exceeded',
      type: 'tokens',
      message: 'Request too large: TPM limit 6000',
    }),
    kind: 'rate-limited',
    code: 'rate_limit_exceeded',
  },
}

const MISTRAL_FIELDS = [
  ...COMMON_FIELDS,
  'random_seed',
  'n',
  'parallel_tool_calls',
  'safe_prompt',
  'prompt_mode',
]
const MISTRAL_MESSAGE_FIELDS = ['role', 'content', 'tool_calls', 'tool_call_id', 'prefix']

function mistralReply({ body }: SeenRequest): Reply {
  const unknown = unknownField(body, MISTRAL_FIELDS)
  if (unknown !== undefined) return mistral422(['body', unknown])
  for (const [index, message] of messagesOf(body).entries()) {
    const extra = unknownField(message as Record<string, unknown>, MISTRAL_MESSAGE_FIELDS)
    if (extra !== undefined) return mistral422(['body', 'messages', index, extra])
    const ids = [message.tool_call_id, ...(message.tool_calls ?? []).map(({ id }) => id)]
    const wrong = ids.find((id) => id !== undefined && !/^[a-zA-Z0-9]{9}$/.test(id))
    if (wrong !== undefined)
      return mistralError('Tool call id must be a-z, A-Z, 0-9, with a length of 9.', '3280')
  }
  if (rolesOf(body).includes('developer')) return mistral422(['body', 'messages', 0, 'role'])
  return { headers: { 'mistral-correlation-id': 'mistral-1' }, body: completion(body['model'], plainUsage) }
}

function mistral422(loc: readonly (string | number)[]): Reply {
  const body = {
    detail: [{ type: 'extra_forbidden', loc, msg: 'Extra inputs are not permitted', input: 'what was sent' }],
  }
  return { status: 422, body }
}

function mistralError(message: string, code: string): Reply {
  return { status: 400, body: { object: 'error', message, type: 'invalid_request_error', param: null, code } }
}

export const mistral: DialectFake = {
  preset: 'mistral',
  model: 'mistral-small-latest',
  place: (url) => ({ baseUrl: `${url}/v1` }),
  path: '/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: mistralReply,
  expected: {
    usage,
    requestId: 'mistral-1',
    dropped: ['metadata', 'user'],
    limit: ['max_tokens', 50],
    instructionRole: 'system',
    seed: 'random_seed',
  },
  failure: { reply: mistral422(['body', 'stream_options']), kind: 'invalid-request' },
}

export const cerebras: DialectFake = {
  preset: 'cerebras',
  model: 'gpt-oss-120b',
  place: (url) => ({ baseUrl: `${url}/v1` }),
  path: '/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly(
    [
      'model',
      'messages',
      'max_completion_tokens',
      'temperature',
      'top_p',
      'stop',
      'tools',
      'tool_choice',
      'response_format',
      'seed',
      'user',
    ],
    ({ body }) => ({ body: completion(body['model'], plainUsage) }),
  ),
  expected: {
    usage,
    dropped: ['frequency_penalty', 'metadata'],
    limit: ['max_completion_tokens', 50],
    instructionRole: 'system',
    seed: 'seed',
  },
  failure: {
    reply: {
      status: 400,
      body: {
        message:
          'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
    },
    kind: 'context-window',
    code: 'context_length_exceeded',
  },
}

export const xai: DialectFake = {
  preset: 'xai',
  model: 'grok-4',
  place: (url) => ({ baseUrl: `${url}/v1` }),
  path: '/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: ({ body }) => {
    if ('frequency_penalty' in body)
      return { status: 400, body: { code: 'bad', error: 'not supported by this model' } }
    // Reasoning is in the total only.
    const told = { ...plainUsage, total_tokens: 79, completion_tokens_details: { reasoning_tokens: 50 } }
    return { headers: { 'x-request-id': 'x-1' }, body: completion(body['model'], told) }
  },
  expected: {
    usage: { inputTokens: 20, outputTokens: 59, reasoningTokens: 50 },
    requestId: 'x-1',
    dropped: ['frequency_penalty', 'metadata'],
    limit: ['max_completion_tokens', 50],
    instructionRole: 'system',
    seed: 'seed',
  },
  failure: {
    reply: {
      status: 400,
      body: {
        code: 'Client specified an invalid argument',
        error: 'Incorrect API key provided: sk-te***st.',
      },
    },
    kind: 'auth',
  },
}

export const gemini: DialectFake = {
  preset: 'gemini',
  model: 'gemini-2.5-flash',
  place: (url) => ({ baseUrl: `${url}/v1beta/openai/` }),
  path: '/v1beta/openai/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly([...COMMON_FIELDS, 'n', 'reasoning_effort', 'extra_body'], ({ body }) => ({
    body: completion(body['model'], { ...plainUsage, total_tokens: 129 }),
  })),
  expected: {
    usage: { inputTokens: 20, outputTokens: 109 },
    dropped: ['seed', 'metadata', 'user'],
    limit: ['max_tokens', 50],
    instructionRole: 'system',
    seed: undefined,
  },
  failure: {
    reply: {
      status: 429,
      body: [{ error: { code: 429, message: 'Quota exceeded for metric', status: 'RESOURCE_EXHAUSTED' } }],
    },
    kind: 'rate-limited',
    code: 'RESOURCE_EXHAUSTED',
  },
}
