import { invalidConfig } from '../core/llm-error.ts'
import { isObject } from '../core/json-shape.ts'
import type { AiSdkModel } from './ai-sdk-model.ts'

/** A model of the Vercel AI SDK as a provider instance. Made by {@link fromAiSdk}. */
export interface AiSdkTarget {
  readonly kind: 'ai-sdk'
  /** The only model of this instance: targets are called `instance/modelId`. */
  readonly modelId: string
  /** `gen_ai.provider.name`. */
  readonly provider: string
  /** Provider id in the price catalog; undefined where it has none. */
  readonly priceProvider: string | undefined
  readonly model: AiSdkModel
}

/**
 * Makes any language model of the Vercel AI SDK a provider instance:
 * `providers: { claude: fromAiSdk(anthropic('claude-sonnet-4-6')) }`, then `claude/claude-sonnet-4-6` in a tier.
 *
 * Chat only, streamed where the model has `doStream`. The model sends over its own `fetch`, not over the router's
 * transport. `createOpenAICompatible` tells the usage of streams with `includeUsage: true` only; else it is estimated.
 *
 * @throws {LlmError} `config_invalid` when it is no model, or of a version other than v2, v3, v4 of the interface
 */
export function fromAiSdk(model: AiSdkModel): AiSdkTarget {
  checkModel(model)
  const vendor = vendorOf(model.provider)
  return {
    kind: 'ai-sdk',
    modelId: model.modelId,
    provider: vendor.provider,
    priceProvider: vendor.priceProvider,
    model,
  }
}

const VERSIONS: ReadonlySet<unknown> = new Set(['v2', 'v3', 'v4'])

function checkModel(model: unknown): void {
  const problem = problemOf(model)
  if (problem === undefined) return
  const message = `fromAiSdk(model) takes a language model of the AI SDK, as anthropic('claude-sonnet-4-6') returns it; ${problem}.`
  throw invalidConfig(message, 'model')
}

function problemOf(model: unknown): string | undefined {
  if (typeof model === 'string') return 'this is a string, which only the AI SDK itself can turn into one'
  if (typeof model === 'function') return 'this is a function; call it with the name of a model'
  if (!isObject(model)) return `this is ${kindOf(model)}`
  if (!VERSIONS.has(model['specificationVersion'])) return 'this has no specificationVersion of v2, v3 or v4'
  if (typeof model['doGenerate'] !== 'function')
    return 'this has no doGenerate(), so it may be an embedding or image model'
  if (typeof model['modelId'] !== 'string' || model['modelId'] === '') return 'this has no modelId'
  return typeof model['provider'] === 'string' ? undefined : 'this has no provider'
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

interface Vendor {
  readonly provider: string
  readonly priceProvider: string | undefined
}

/** By the first part of the SDK's names (`openai.chat`, `google.generative-ai`, `amazon-bedrock`). */
const VENDORS: Readonly<Record<string, Vendor>> = {
  openai: { provider: 'openai', priceProvider: 'openai' },
  azure: { provider: 'azure.ai.openai', priceProvider: 'azure' },
  'azure-openai': { provider: 'azure.ai.openai', priceProvider: 'azure' },
  anthropic: { provider: 'anthropic', priceProvider: 'anthropic' },
  'amazon-bedrock': { provider: 'aws.bedrock', priceProvider: 'aws' },
  bedrock: { provider: 'aws.bedrock', priceProvider: 'aws' },
  google: { provider: 'gcp.gemini', priceProvider: 'google' },
  vertex: { provider: 'gcp.vertex_ai', priceProvider: 'google' },
  mistral: { provider: 'mistral_ai', priceProvider: 'mistral' },
  xai: { provider: 'x_ai', priceProvider: 'x-ai' },
  groq: { provider: 'groq', priceProvider: 'groq' },
  cohere: { provider: 'cohere', priceProvider: 'cohere' },
  deepseek: { provider: 'deepseek', priceProvider: 'deepseek' },
  perplexity: { provider: 'perplexity', priceProvider: 'perplexity' },
  togetherai: { provider: 'together', priceProvider: 'together' },
  together: { provider: 'together', priceProvider: 'together' },
  fireworks: { provider: 'fireworks', priceProvider: 'fireworks' },
  cerebras: { provider: 'cerebras', priceProvider: 'cerebras' },
  openrouter: { provider: 'openrouter', priceProvider: 'openrouter' },
  moonshotai: { provider: 'moonshot_ai', priceProvider: 'moonshotai' },
}

function vendorOf(name: string): Vendor {
  const lower = name.toLowerCase()
  const [first = lower] = lower.split('.')
  const key = lower.startsWith('google.vertex') || first === 'google-vertex' ? 'vertex' : first
  const known = Object.hasOwn(VENDORS, key) ? VENDORS[key] : undefined
  return known ?? { provider: key === '' ? 'ai-sdk' : key, priceProvider: undefined }
}
