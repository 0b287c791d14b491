/**
 * The preset table: one row per service. A new service is one row here and one fake in the tests.
 *
 * Facts are from the vendors' own pages on OpenAI compatibility and from their API references, read in November 2026;
 * where two pages disagree, the row takes the side that cannot fail: a hint is dropped, a limit goes by the older name.
 */
import type { ChatFeature, Dialect, Preset } from './preset.ts'

/** Hints and bookkeeping of OpenAI's own platform. They change nothing in the answer, and others refuse or ignore them. */
const OPENAI_ONLY = [
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'store',
  'verbosity',
] as const

/** Spoken answers and the built-in search of OpenAI's models. */
const OPENAI_MODES = ['audio', 'modalities', 'moderation', 'web_search_options'] as const

const OPENAI_FEATURES: readonly ChatFeature[] = ['audio', 'custom-tools']

/** What most services have in common. */
const COMPATIBLE: Dialect = {
  api: 'chat',
  streamUsage: 'stream_options',
  maxTokensParam: 'max_tokens',
  instructionRole: 'system',
  dropParams: OPENAI_ONLY,
  unsupportedParams: OPENAI_MODES,
  unsupportedFeatures: OPENAI_FEATURES,
  costFrom: 'prices',
}

/** OpenAI's own protocol, in full. */
const OPENAI: Dialect = {
  api: 'chat',
  streamUsage: 'stream_options',
  maxTokensParam: 'max_completion_tokens',
  instructionRole: 'developer',
  dropParams: [],
  unsupportedParams: [],
  costFrom: 'prices',
  embeddingFormat: 'base64',
}

/** A server whose likes and dislikes nobody told us: everything is passed on as it is. */
const UNKNOWN: Dialect = {
  ...COMPATIBLE,
  dropParams: [],
  unsupportedParams: [],
  unsupportedFeatures: [],
  earlierReasoning: 'kept',
}

const presets = {
  openai: {
    client: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    isKeyRequired: true,
    provider: 'openai',
    priceProvider: 'openai',
    operations: ['chat', 'embeddings'],
    dialect: OPENAI,
  },
  azure: {
    client: 'azure',
    baseUrl: undefined,
    keyVariable: 'AZURE_OPENAI_API_KEY',
    isKeyRequired: true,
    provider: 'azure.ai.openai',
    priceProvider: 'azure',
    operations: ['chat', 'embeddings'],
    dialect: OPENAI,
  },
  bedrock: {
    client: 'bedrock',
    baseUrl: undefined,
    keyVariable: 'AWS_BEARER_TOKEN_BEDROCK',
    isKeyRequired: true,
    provider: 'aws.bedrock',
    priceProvider: 'aws',
    operations: ['chat'],
    dialect: {
      ...COMPATIBLE,
      maxTokensParam: 'max_completion_tokens',
      dropParams: [...OPENAI_ONLY, 'user'],
    },
  },
  // console.groq.com/docs/openai: 400 for logprobs, logit_bias, top_logprobs, messages[].name, n other than 1.
  groq: {
    client: 'openai',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyVariable: 'GROQ_API_KEY',
    isKeyRequired: true,
    provider: 'groq',
    priceProvider: 'groq',
    operations: ['chat'],
    dialect: {
      ...COMPATIBLE,
      maxTokensParam: 'max_completion_tokens',
      dropParams: [...OPENAI_ONLY, 'logprobs', 'top_logprobs', 'logit_bias'],
      unsupportedParams: [...OPENAI_MODES, 'n'],
      unsupportedFeatures: [...OPENAI_FEATURES, 'file', 'name'],
    },
  },
  // docs.mistral.ai/api: 422 for every field that is not in the schema; the seed is called random_seed.
  mistral: {
    client: 'openai',
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariable: 'MISTRAL_API_KEY',
    isKeyRequired: true,
    provider: 'mistral_ai',
    priceProvider: 'mistral',
    operations: ['chat', 'embeddings'],
    dialect: {
      ...COMPATIBLE,
      streamUsage: 'always',
      dropParams: [...OPENAI_ONLY, 'logprobs', 'top_logprobs', 'logit_bias', 'reasoning_effort', 'user'],
      unsupportedParams: [...OPENAI_MODES, 'functions', 'function_call', 'dimensions'],
      unsupportedFeatures: [...OPENAI_FEATURES, 'file', 'name'],
      renamedParams: { seed: 'random_seed' },
      toolCallIds: 'mistral',
    },
  },
  // docs.perplexity.ai: Sonar chat completions ended on 2026-09-27; what is left speaks the Responses API.
  perplexity: {
    client: 'openai',
    baseUrl: 'https://api.perplexity.ai/v1',
    keyVariable: 'PERPLEXITY_API_KEY',
    isKeyRequired: true,
    provider: 'perplexity',
    priceProvider: 'perplexity',
    operations: ['chat'],
    dialect: {
      ...COMPATIBLE,
      api: 'responses',
      streamUsage: 'always',
      dropParams: [
        ...OPENAI_ONLY,
        'frequency_penalty',
        'logit_bias',
        'logprobs',
        'presence_penalty',
        'reasoning_effort',
        'seed',
        'top_logprobs',
        'user',
      ],
      unsupportedParams: [
        ...OPENAI_MODES,
        'function_call',
        'functions',
        'n',
        'parallel_tool_calls',
        'response_format',
        'stop',
        'tool_choice',
        'tools',
      ],
      unsupportedFeatures: ['audio', 'file', 'image', 'name'],
      costFrom: 'response',
    },
  },
  deepseek: {
    client: 'openai',
    baseUrl: 'https://api.deepseek.com',
    keyVariable: 'DEEPSEEK_API_KEY',
    isKeyRequired: true,
    provider: 'deepseek',
    priceProvider: 'deepseek',
    operations: ['chat'],
    dialect: {
      ...COMPATIBLE,
      dropParams: [...OPENAI_ONLY, 'logit_bias', 'seed', 'user'],
      unsupportedParams: [...OPENAI_MODES, 'n'],
      unsupportedFeatures: [...OPENAI_FEATURES, 'file', 'json-schema'],
      // With tools in thinking mode it wants its own reasoning back.
      earlierReasoning: 'kept',
    },
  },
  // docs.cohere.com/docs/compatibility-api, "Unsupported parameters": ignored without a word.
  cohere: {
    client: 'openai',
    baseUrl: 'https://api.cohere.ai/compatibility/v1',
    keyVariable: 'COHERE_API_KEY',
    isKeyRequired: true,
    provider: 'cohere',
    priceProvider: 'cohere',
    operations: ['chat', 'embeddings'],
    dialect: {
      ...COMPATIBLE,
      streamUsage: 'none',
      dropParams: [...OPENAI_ONLY, 'logit_bias', 'logprobs', 'top_logprobs', 'user'],
      unsupportedParams: [...OPENAI_MODES, 'n', 'functions', 'function_call', 'parallel_tool_calls'],
      unsupportedFeatures: [...OPENAI_FEATURES, 'file', 'name'],
    },
  },
  // ai.google.dev/gemini-api/docs/openai: beta; an unknown name in the body is a 400.
  gemini: {
    client: 'openai',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai/',
    keyVariable: 'GEMINI_API_KEY',
    isKeyRequired: true,
    provider: 'gcp.gemini',
    priceProvider: 'google',
    operations: ['chat', 'embeddings'],
    dialect: {
      ...COMPATIBLE,
      dropParams: [...OPENAI_ONLY, 'logit_bias', 'logprobs', 'seed', 'top_logprobs', 'user'],
      unsupportedParams: [...OPENAI_MODES, 'functions', 'function_call'],
      // Audio it takes, in OpenAI's own shape.
      unsupportedFeatures: ['custom-tools'],
    },
  },
  // docs.x.ai: reasoning models refuse the penalties, and all current ones reason.
  xai: {
    client: 'openai',
    baseUrl: 'https://api.x.ai/v1',
    keyVariable: 'XAI_API_KEY',
    isKeyRequired: true,
    provider: 'x_ai',
    priceProvider: 'x-ai',
    operations: ['chat'],
    dialect: {
      ...COMPATIBLE,
      maxTokensParam: 'max_completion_tokens',
      dropParams: [...OPENAI_ONLY, 'frequency_penalty', 'logit_bias', 'presence_penalty'],
    },
  },
  // platform.claude.com/docs/en/api/openai-sdk: "not for production"; fields marked "Ignored" are dropped or skipped here.
  anthropic: {
    client: 'openai',
    baseUrl: 'https://api.anthropic.com/v1/',
    keyVariable: 'ANTHROPIC_API_KEY',
    isKeyRequired: true,
    provider: 'anthropic',
    priceProvider: 'anthropic',
    operations: ['chat'],
    dialect: {
      ...COMPATIBLE,
      dropParams: [
        ...OPENAI_ONLY,
        'frequency_penalty',
        'logit_bias',
        'logprobs',
        'presence_penalty',
        'reasoning_effort',
        'seed',
        'top_logprobs',
        'user',
      ],
      unsupportedParams: [...OPENAI_MODES, 'n', 'response_format'],
      unsupportedFeatures: [...OPENAI_FEATURES, 'file', 'name', 'strict-tools'],
      maxTemperature: 1,
    },
  },
  together: {
    client: 'openai',
    baseUrl: 'https://api.together.ai/v1',
    keyVariable: 'TOGETHER_API_KEY',
    isKeyRequired: true,
    provider: 'together',
    priceProvider: 'together',
    operations: ['chat', 'embeddings'],
    // Its `logprobs` is a number.
    dialect: { ...COMPATIBLE, dropParams: [...OPENAI_ONLY, 'logprobs', 'top_logprobs', 'user'] },
  },
  fireworks: {
    client: 'openai',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyVariable: 'FIREWORKS_API_KEY',
    isKeyRequired: true,
    provider: 'fireworks',
    priceProvider: 'fireworks',
    operations: ['chat', 'embeddings'],
    dialect: { ...COMPATIBLE, streamUsage: 'always' },
  },
  // inference-docs.cerebras.ai/resources/openai: 400 for the penalties, logit_bias, parallel_tool_calls and service_tier.
  cerebras: {
    client: 'openai',
    baseUrl: 'https://api.cerebras.ai/v1',
    keyVariable: 'CEREBRAS_API_KEY',
    isKeyRequired: true,
    provider: 'cerebras',
    priceProvider: 'cerebras',
    operations: ['chat'],
    dialect: {
      ...COMPATIBLE,
      maxTokensParam: 'max_completion_tokens',
      dropParams: [...OPENAI_ONLY, 'frequency_penalty', 'logit_bias', 'presence_penalty'],
      unsupportedParams: [...OPENAI_MODES, 'n', 'parallel_tool_calls'],
      unsupportedFeatures: [...OPENAI_FEATURES, 'file', 'name'],
    },
  },
  // It knows what each of its models takes, leaves the rest out itself, and always tells usage and cost.
  openrouter: {
    client: 'openai',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
    isKeyRequired: true,
    provider: 'openrouter',
    priceProvider: 'openrouter',
    operations: ['chat', 'embeddings'],
    dialect: {
      ...UNKNOWN,
      streamUsage: 'always',
      costFrom: 'response',
      // They choose other models, or buy more than the answer: that is the config's to decide.
      unsupportedParams: ['models', 'route', 'preset', 'plugins'],
    },
  },
  // github.com/ollama/ollama/blob/main/docs/openai.md: what is not ticked there is ignored without a word.
  ollama: {
    client: 'openai',
    baseUrl: 'http://localhost:11434/v1',
    keyVariable: 'OLLAMA_API_KEY',
    isKeyRequired: false,
    provider: 'ollama',
    priceProvider: undefined,
    operations: ['chat', 'embeddings'],
    dialect: {
      ...COMPATIBLE,
      dropParams: [...OPENAI_ONLY, 'logit_bias', 'user'],
      unsupportedParams: [
        ...OPENAI_MODES,
        'n',
        'tool_choice',
        'functions',
        'function_call',
        'parallel_tool_calls',
      ],
    },
  },
  vllm: {
    client: 'openai',
    baseUrl: 'http://localhost:8000/v1',
    keyVariable: 'VLLM_API_KEY',
    isKeyRequired: false,
    provider: 'vllm',
    priceProvider: undefined,
    operations: ['chat', 'embeddings'],
    dialect: { ...COMPATIBLE, unsupportedFeatures: ['custom-tools'], earlierReasoning: 'kept' },
  },
  lmstudio: {
    client: 'openai',
    baseUrl: 'http://localhost:1234/v1',
    keyVariable: undefined,
    isKeyRequired: false,
    provider: 'lmstudio',
    priceProvider: undefined,
    operations: ['chat', 'embeddings'],
    dialect: COMPATIBLE,
  },
  /** Any other server that speaks the protocol; the instance names its address. */
  compatible: {
    client: 'openai',
    baseUrl: undefined,
    keyVariable: undefined,
    isKeyRequired: false,
    provider: undefined,
    priceProvider: undefined,
    operations: ['chat', 'embeddings'],
    dialect: UNKNOWN,
  },
} as const satisfies Record<string, Preset>

export type PresetName = keyof typeof presets

/** Every preset by name. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = presets
