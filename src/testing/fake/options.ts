import { type LlmError, invalidConfig } from '../../core/llm-error.ts'
import { didYouMean } from '../../core/spelling.ts'
import type { FakeRequest } from './request.ts'
import { checkStep } from './step-check.ts'
import { STREAM_USAGES } from './stream-step-check.ts'
import type { FakeAnswer } from './answer-step.ts'
import type { FakeStepLike } from './step.ts'
import type { FakeStreamUsage } from './stream-options.ts'
import type { FakeUsage } from './usage.ts'

/** How a fake provider behaves when no step says otherwise. */
export interface FakeProviderOptions {
  /** Appears in ids (`chatcmpl-{name}-1`) and request ids. @default 'fake' */
  readonly name?: string
  /** Models that it knows; others get 404 `model_not_found`. @default any */
  readonly models?: readonly string[]
  /** Wait before each answer, ms. @default 0 */
  readonly latencyMs?: number | ((request: FakeRequest) => number)
  /** Keys that it accepts, as a bearer token, `api-key` or `x-api-key`; others get 401. @default any, also none */
  readonly apiKeys?: readonly string[]
  /** What it answers. @default 'Hello from {name}.' */
  readonly answer?: FakeAnswer | ((request: FakeRequest) => FakeAnswer)
  /** Token counts; what is left out is derived from the length of the texts, four characters a token. @default {} */
  readonly tokens?: Partial<FakeUsage> | ((request: FakeRequest) => Partial<FakeUsage>)
  /** Whether answers tell their tokens. @default 'present' */
  readonly usage?: 'present' | 'absent'
  /** How streams tell their tokens. @default 'asked' */
  readonly streamUsage?: FakeStreamUsage
  /** Wait before the first token of each stream, ms. @default 0 */
  readonly firstTokenDelayMs?: number
  /** Wait before each further token of a stream, ms. @default 0 */
  readonly tokenDelayMs?: number
  /** Params that it does not know and answers with 422, as strict services do; `stream_options`, say. @default [] */
  readonly refusedParams?: readonly string[]
  /** Length of embedding vectors where the request does not say. @default 8 */
  readonly embeddingDimensions?: number
  /** Answers this many requests in any 60 seconds; the next get 429 with Retry-After. @default no limit */
  readonly requestsPerMinute?: number
  /** Steps for the first requests, as `fake.script()` takes them. @default [] */
  readonly script?: readonly FakeStepLike[]
  /** Most requests that the log keeps; the oldest are forgotten. @default 10000 */
  readonly requestsMax?: number
  /** Longest request body, bytes; longer gets 413. @default 33554432 (32 MiB) */
  readonly requestMaxBytes?: number
}

/** The options, complete. */
export interface FakeConfig {
  readonly name: string
  readonly models: readonly string[] | undefined
  readonly latencyMs: number | ((request: FakeRequest) => number)
  readonly apiKeys: ReadonlySet<string> | undefined
  readonly answer: FakeAnswer | ((request: FakeRequest) => FakeAnswer)
  readonly tokens: Partial<FakeUsage> | ((request: FakeRequest) => Partial<FakeUsage>)
  readonly isUsageSent: boolean
  readonly streamUsage: FakeStreamUsage
  readonly firstTokenDelayMs: number
  readonly tokenDelayMs: number
  readonly refusedParams: readonly string[]
  readonly embeddingDimensions: number
  readonly requestsPerMinute: number | undefined
  readonly script: readonly FakeStepLike[]
  readonly requestsMax: number
  readonly requestMaxBytes: number
}

const NAMES = {
  name: true,
  models: true,
  latencyMs: true,
  apiKeys: true,
  answer: true,
  tokens: true,
  usage: true,
  streamUsage: true,
  firstTokenDelayMs: true,
  tokenDelayMs: true,
  refusedParams: true,
  embeddingDimensions: true,
  requestsPerMinute: true,
  script: true,
  requestsMax: true,
  requestMaxBytes: true,
} satisfies Record<keyof FakeProviderOptions, true>

/**
 * @param extraNames options that the caller reads itself
 * @throws LlmError `config_invalid` naming option, value and rule
 */
export function parseFakeOptions(
  options: FakeProviderOptions,
  extraNames: readonly string[] = [],
): FakeConfig {
  if (!isObject(options)) throw invalid('options', 'The options of a fake provider must be an object.')
  refuseUnknown(options, [...Object.keys(NAMES), ...extraNames])
  for (const name of ['script', 'models', 'apiKeys', 'refusedParams'] as const) checkList(name, options[name])
  if (typeof options.latencyMs === 'number') checkNumber('latencyMs', options.latencyMs, 0)
  if (!STREAM_USAGES.includes(options.streamUsage ?? 'asked')) {
    const rule = `must be one of ${STREAM_USAGES.join(', ')}.`
    throw invalid('streamUsage', `Option "streamUsage" of the fake provider ${rule}`)
  }
  for (const name of ['firstTokenDelayMs', 'tokenDelayMs'] as const) checkNumber(name, options[name] ?? 0, 0)
  for (const name of ['embeddingDimensions', 'requestsPerMinute', 'requestMaxBytes'] as const) {
    if (options[name] !== undefined) checkNumber(name, options[name], 1)
  }
  if (options.requestsMax !== undefined) checkNumber('requestsMax', options.requestsMax, 0)
  const { name = 'fake', script = [] } = options
  for (const step of script) checkStep(step)
  return {
    name,
    models: options.models,
    latencyMs: options.latencyMs ?? 0,
    apiKeys: options.apiKeys && new Set(options.apiKeys),
    answer: options.answer ?? `Hello from ${name}.`,
    tokens: options.tokens ?? {},
    isUsageSent: options.usage !== 'absent',
    streamUsage: options.streamUsage ?? 'asked',
    firstTokenDelayMs: options.firstTokenDelayMs ?? 0,
    tokenDelayMs: options.tokenDelayMs ?? 0,
    refusedParams: options.refusedParams ?? [],
    embeddingDimensions: options.embeddingDimensions ?? 8,
    requestsPerMinute: options.requestsPerMinute,
    script,
    requestsMax: options.requestsMax ?? 10_000,
    requestMaxBytes: options.requestMaxBytes ?? 32 * 1024 * 1024,
  }
}

function isObject(options: unknown): boolean {
  return typeof options === 'object' && options !== null && !Array.isArray(options)
}

function checkList(name: string, value: unknown): void {
  if (value === undefined || Array.isArray(value)) return
  throw invalid(name, `Option "${name}" of the fake provider must be a list.`)
}

function refuseUnknown(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw invalid(name, `Unknown option "${name}" of the fake provider.${didYouMean(name, known)}`)
    }
  }
}

function checkNumber(name: string, value: number, atLeast: number): void {
  if (Number.isFinite(value) && value >= atLeast) return
  throw invalid(
    name,
    `Option "${name}" of the fake provider is ${value}: it must be a number of at least ${atLeast}.`,
  )
}

function invalid(param: string, message: string): LlmError {
  return invalidConfig(message, param)
}
