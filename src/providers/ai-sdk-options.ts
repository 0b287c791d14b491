import type { ChatParams } from '../core/openai-types.ts'
import type {
  AiSdkCallOptions,
  AiSdkModel,
  AiSdkProviderOptions,
  AiSdkReasoning,
  AiSdkResponseFormat,
  AiSdkTool,
  AiSdkToolChoice,
} from './ai-sdk-model.ts'
import { toPrompt, Untranslatable } from './ai-sdk-prompt.ts'
import { fieldOf, isObject, textOf } from '../core/json-shape.ts'

export interface AiSdkCall {
  readonly options: AiSdkCallOptions
  readonly droppedParams: readonly string[]
}

type Version = AiSdkModel['specificationVersion']

/** What one param becomes; undefined when it says nothing that the SDK would have to be told. */
type Translate = (value: unknown, params: ChatParams) => Partial<AiSdkCallOptions> | undefined

/** Hints and bookkeeping that the SDK has no words for. */
const HINTS: ReadonlySet<string> = new Set([
  'logit_bias',
  'logprobs',
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'store',
  'top_logprobs',
  'user',
  'verbosity',
])

const DELIVERY: ReadonlySet<string> = new Set(['messages', 'model', 'stream', 'stream_options'])

/**
 * OpenAI's chat params as options of `doGenerate`.
 *
 * @throws {Untranslatable} with the reason, when something would change its meaning
 */
export function toCallOptions(params: ChatParams, version: Version): AiSdkCall {
  const options: AiSdkCallOptions = { prompt: toPrompt(params.messages, version) }
  const droppedParams: string[] = []
  for (const [param, value] of Object.entries(params)) {
    if (value === undefined || value === null || DELIVERY.has(param)) continue
    const isReasoning = param === 'reasoning_effort'
    if (isReasoning && version === 'v4' && isEffort(value)) options.reasoning = value
    else if (isReasoning || HINTS.has(param)) droppedParams.push(param)
    else Object.assign(options, translationOf(param)(value, params))
  }
  return { options, droppedParams }
}

function translationOf(param: string): Translate {
  const translate = Object.hasOwn(TRANSLATIONS, param) ? TRANSLATIONS[param] : undefined
  if (translate === undefined) throw new Untranslatable(`the AI SDK has no word for "${param.slice(0, 64)}"`)
  return translate
}

const TRANSLATIONS: Readonly<Record<string, Translate>> = {
  max_tokens: (value, params) => ({ maxOutputTokens: limitOf(value, params.max_completion_tokens) }),
  max_completion_tokens: (value, params) => ({ maxOutputTokens: limitOf(value, params.max_tokens) }),
  temperature: (value) => ({ temperature: numberOf('temperature', value) }),
  top_p: (value) => ({ topP: numberOf('top_p', value) }),
  top_k: (value) => ({ topK: numberOf('top_k', value) }),
  seed: (value) => ({ seed: numberOf('seed', value) }),
  presence_penalty: (value) => ({ presencePenalty: numberOf('presence_penalty', value) }),
  frequency_penalty: (value) => ({ frequencyPenalty: numberOf('frequency_penalty', value) }),
  stop: (value) => ({ stopSequences: textsOf(value) }),
  tools: (value) => ({ tools: toTools(value) }),
  tool_choice: (value) => ({ toolChoice: toToolChoice(value) }),
  response_format: (value) => ({ responseFormat: toResponseFormat(value) }),
  n: (value) => nothingBut(value === 1, 'the AI SDK gives one choice only, and "n" asks for more'),
  parallel_tool_calls: (value) =>
    nothingBut(value === true, 'the AI SDK has no word for "parallel_tool_calls"'),
  modalities: (value) =>
    nothingBut(
      Array.isArray(value) && value.every((mode) => mode === 'text'),
      'the AI SDK answers in text only',
    ),
  providerOptions: toProviderOptions,
  provider_options: toProviderOptions,
}

function nothingBut(isDefault: boolean, reason: string): undefined {
  if (!isDefault) throw new Untranslatable(reason)
}

function limitOf(value: unknown, other: unknown): number {
  if (other !== undefined && other !== null && other !== value) {
    throw new Untranslatable(
      '"max_tokens" and "max_completion_tokens" are two names of one limit, and say different things',
    )
  }
  return numberOf('max_tokens', value)
}

function numberOf(param: string, value: unknown): number {
  if (typeof value !== 'number') throw new Untranslatable(`"${param}" is no number`)
  return value
}

function textsOf(stop: unknown): string[] {
  const texts: readonly unknown[] = Array.isArray(stop) ? stop : [stop]
  return texts.map((text) => {
    if (typeof text !== 'string') throw new Untranslatable('"stop" is neither a text nor a list of texts')
    return text
  })
}

function toTools(tools: unknown): AiSdkTool[] {
  if (!Array.isArray(tools)) throw new Untranslatable('"tools" is no list')
  return tools.map(toTool)
}

const EFFORTS: ReadonlySet<unknown> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

function isEffort(value: unknown): value is AiSdkReasoning {
  return EFFORTS.has(value)
}

function toTool(tool: unknown): AiSdkTool {
  const definition = fieldOf(tool, 'function')
  const name = textOf(fieldOf(definition, 'name'))
  if (fieldOf(tool, 'type') !== 'function' || name === undefined) {
    throw new Untranslatable('the AI SDK takes tools of type "function" only')
  }
  const description = textOf(fieldOf(definition, 'description'))
  const strict = fieldOf(definition, 'strict')
  return {
    type: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    // OpenAI: without `parameters`, a function takes none.
    inputSchema: fieldOf(definition, 'parameters') ?? { type: 'object', properties: {} },
    ...(typeof strict === 'boolean' ? { strict } : {}),
  }
}

function toToolChoice(choice: unknown): AiSdkToolChoice {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  const toolName = textOf(fieldOf(fieldOf(choice, 'function'), 'name'))
  if (toolName === undefined) throw new Untranslatable('the AI SDK has no such "tool_choice"')
  return { type: 'tool', toolName }
}

function toResponseFormat(format: unknown): AiSdkResponseFormat {
  const type = fieldOf(format, 'type')
  if (type === 'text') return { type }
  if (type === 'json_object') return { type: 'json' }
  const schema = fieldOf(format, 'json_schema')
  if (type !== 'json_schema' || !isObject(schema))
    throw new Untranslatable('the AI SDK has no such "response_format"')
  const name = textOf(schema['name'])
  const description = textOf(schema['description'])
  return {
    type: 'json',
    schema: schema['schema'],
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  }
}

/** The SDK's own way to say what only one provider understands; by provider, then by option. */
function toProviderOptions(value: unknown): Partial<AiSdkCallOptions> {
  if (!isProviderOptions(value))
    throw new Untranslatable('"providerOptions" is an object of objects, by provider')
  return { providerOptions: value }
}

function isProviderOptions(value: unknown): value is AiSdkProviderOptions {
  return isObject(value) && Object.values(value).every(isObject)
}
