/** OpenAI itself and the two clouds that host its models. */
import { COMMON_FIELDS, completion, type DialectFake, openaiError, strictly } from './fake.ts'

const openaiUsage = {
  prompt_tokens: 20,
  completion_tokens: 9,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 8 },
  completion_tokens_details: { reasoning_tokens: 4 },
}
const usage = { inputTokens: 20, outputTokens: 9, cacheReadTokens: 8, reasoningTokens: 4 }

export const openai: DialectFake = {
  preset: 'openai',
  model: 'gpt-4o-mini',
  place: (url) => ({ baseUrl: `${url}/v1` }),
  path: '/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: ({ body }) => {
    if ('max_tokens' in body) return openaiError(400, { code: 'unsupported_parameter', param: 'max_tokens' })
    return { headers: { 'x-request-id': 'req_1' }, body: completion('gpt-4o-mini-2024-07-18', openaiUsage) }
  },
  expected: {
    usage,
    requestId: 'req_1',
    dropped: [],
    limit: ['max_completion_tokens', 50],
    instructionRole: 'developer',
    seed: 'seed',
  },
  failure: {
    reply: openaiError(
      429,
      { code: 'rate_limit_exceeded', type: 'tokens' },
      { 'retry-after-ms': '1500', 'retry-after': '2' },
    ),
    kind: 'rate-limited',
    code: 'rate_limit_exceeded',
    retryAfterMs: 1500,
  },
}

export const azure: DialectFake = {
  preset: 'azure',
  model: 'my-deployment',
  place: (url) => ({ baseUrl: undefined, endpoint: url, apiVersion: '2024-10-21' }),
  path: '/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21',
  auth: ['api-key', 'sk-test'],
  reply: ({ headers }) => {
    if (headers.authorization !== undefined) return openaiError(401, { code: '401' })
    return { headers: { 'apim-request-id': 'apim-1' }, body: completion('gpt-4o-2024-11-20', openaiUsage) }
  },
  expected: {
    usage,
    requestId: 'apim-1',
    dropped: [],
    limit: ['max_completion_tokens', 50],
    instructionRole: 'developer',
    seed: 'seed',
  },
  failure: {
    reply: openaiError(400, {
      code: 'content_filter',
      message:
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      innererror: { code: 'ResponsibleAIPolicyViolation' },
    }),
    kind: 'content-filter',
    code: 'content_filter',
  },
}

export const bedrock: DialectFake = {
  preset: 'bedrock',
  model: 'openai.gpt-oss-20b-1:0',
  place: (url) => ({ baseUrl: `${url}/openai/v1`, region: undefined }),
  path: '/openai/v1/chat/completions',
  auth: ['authorization', 'Bearer sk-test'],
  reply: strictly([...COMMON_FIELDS, 'max_completion_tokens', 'seed'], ({ body }) => ({
    headers: { 'x-amzn-requestid': 'amzn-1' },
    body: completion(body['model'], { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 }),
  })),
  expected: {
    usage: { inputTokens: 20, outputTokens: 9 },
    requestId: 'amzn-1',
    dropped: ['metadata', 'user'],
    limit: ['max_completion_tokens', 50],
    instructionRole: 'system',
    seed: 'seed',
  },
  failure: {
    reply: { status: 400, body: { message: 'Input is too long for requested model.' } },
    kind: 'context-window',
  },
}
