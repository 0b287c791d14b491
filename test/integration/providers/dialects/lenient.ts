/** Services that ignore without a word what they do not know: sending it would be a promise that nobody keeps. */
import { COMMON_FIELDS, completion, type DialectFake, openaiError, strictly } from './fake.ts'

const plainUsage = { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 }
const usage = { inputTokens: 20, outputTokens: 9 }

export const anthropic: DialectFake = {
  preset: 'anthropic',
  model: 'claude-sonnet-4-6',
  place: (url) => ({ baseUrl: `${url}/v1/` }),
  path: '/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly(
    ['model', 'messages', 'max_tokens', 'temperature', 'top_p', 'stop', 'tools', 'tool_choice'],
    ({ body }) => ({
      headers: { 'request-id': 'req_anthropic' },
      body: completion(body['model'], plainUsage),
    }),
  ),
  expected: {
    usage,
    requestId: 'req_anthropic',
    dropped: ['seed', 'frequency_penalty', 'metadata', 'user'],
    limit: ['max_tokens', 50],
    instructionRole: 'system',
    seed: undefined,
  },
  failure: {
    reply: {
      status: 529,
      body: { error: { type: 'overloaded_error', message: 'Overloaded', code: null, param: null } },
    },
    kind: 'overloaded',
    code: 'overloaded_error',
  },
}

export const cohere: DialectFake = {
  preset: 'cohere',
  model: 'command-a-03-2025',
  place: (url) => ({ baseUrl: `${url}/compatibility/v1` }),
  path: '/compatibility/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly([...COMMON_FIELDS, 'seed', 'reasoning_effort'], ({ body }) => ({
    body: completion(body['model'], plainUsage),
  })),
  expected: {
    usage,
    dropped: ['metadata', 'user'],
    limit: ['max_tokens', 50],
    instructionRole: 'system',
    seed: 'seed',
  },
  failure: {
    reply: { status: 400, body: { id: 'x', message: 'too many tokens: size limit exceeded by 1000 tokens' } },
    kind: 'context-window',
  },
}

export const deepseek: DialectFake = {
  preset: 'deepseek',
  model: 'deepseek-flash',
  place: (url) => ({ baseUrl: url }),
  path: '/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly([...COMMON_FIELDS, 'logprobs', 'top_logprobs', 'thinking'], ({ body }) => ({
    body: completion(body['model'], {
      ...plainUsage,
      prompt_cache_hit_tokens: 12,
      prompt_cache_miss_tokens: 8,
    }),
  })),
  expected: {
    usage: { ...usage, cacheReadTokens: 12 },
    dropped: ['seed', 'metadata', 'user'],
    limit: ['max_tokens', 50],
    instructionRole: 'system',
    seed: undefined,
  },
  failure: {
    reply: openaiError(402, {
      message: 'Insufficient Balance',
      type: 'unknown_error',
      code: 'invalid_request_error',
    }),
    kind: 'quota',
    code: 'invalid_request_error',
  },
}

export const together: DialectFake = {
  preset: 'together',
  model: 'openai/gpt-oss-20b',
  place: (url) => ({ baseUrl: `${url}/v1` }),
  path: '/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly([...COMMON_FIELDS, 'seed', 'n'], ({ body }) => ({
    body: completion(body['model'], plainUsage),
  })),
  expected: {
    usage,
    dropped: ['metadata', 'user'],
    limit: ['max_tokens', 50],
    instructionRole: 'system',
    seed: 'seed',
  },
  failure: {
    reply: openaiError(404, {
      message: 'Unable to access model',
      type: 'invalid_request_error',
      code: 'model_not_available',
    }),
    kind: 'not-found',
    code: 'model_not_available',
  },
}

export const fireworks: DialectFake = {
  preset: 'fireworks',
  model: 'accounts/fireworks/models/gpt-oss-20b',
  place: (url) => ({ baseUrl: `${url}/inference/v1` }),
  path: '/inference/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly([...COMMON_FIELDS, 'seed', 'user', 'n'], ({ body }) => ({
    body: completion(body['model'], plainUsage),
  })),
  expected: {
    usage,
    dropped: ['metadata'],
    limit: ['max_tokens', 50],
    instructionRole: 'system',
    seed: 'seed',
  },
  failure: {
    reply: openaiError(
      503,
      { message: 'Service overloaded', code: 'SERVICE_UNAVAILABLE' },
      { 'retry-after': '1' },
    ),
    kind: 'overloaded',
    code: 'SERVICE_UNAVAILABLE',
    retryAfterMs: 1000,
  },
}

export const openrouter: DialectFake = {
  preset: 'openrouter',
  model: 'anthropic/claude-sonnet-4.6',
  place: (url) => ({ baseUrl: `${url}/api/v1` }),
  path: '/api/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: ({ body }) => ({
    body: completion(body['model'], {
      ...plainUsage,
      prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 10 },
      cost: 0.000123,
      is_byok: false,
    }),
  }),
  expected: {
    usage: { ...usage, cacheReadTokens: 5, cacheWriteTokens: 10 },
    costUsd: 0.000123,
    dropped: [],
    limit: ['max_tokens', 50],
    instructionRole: 'system',
    seed: 'seed',
  },
  failure: {
    // In a 200, as it does when a vendor failed after the headers.
    reply: {
      status: 200,
      body: { error: { code: 502, message: 'Provider returned error', metadata: { provider_name: 'X' } } },
    },
    kind: 'server',
  },
}
