import type { Operation } from '../core/target.ts'

/** What one service's flavour of the OpenAI protocol takes and tells. */
export interface Dialect {
  /** `chat`: chat completions · `responses`: the Responses API only, translated by us. */
  readonly api: 'chat' | 'responses'
  /** How a stream tells its usage: asked for, always sent, or never. */
  readonly streamUsage: 'stream_options' | 'always' | 'none'
  /** The name that this service reads the output limit from. */
  readonly maxTokensParam: 'max_tokens' | 'max_completion_tokens'
  /** Role of instructions: `developer` where the service knows it. */
  readonly instructionRole: 'developer' | 'system'
  /** Sampling hints that the service refuses or ignores: left out, and named in the report. */
  readonly dropParams: readonly string[]
  /** Params that change meaning and that the service cannot serve: the target is skipped. */
  readonly unsupportedParams: readonly string[]
  /** Where an attempt's cost comes from: told in the answer, or computed from prices. */
  readonly costFrom: 'response' | 'prices'
}

/** One row of the preset table. */
export interface Preset {
  /** Class of the official client that speaks it. */
  readonly client: 'openai' | 'azure' | 'bedrock'
  /** Undefined where the instance must name it (`compatible`, `azure`) or the client knows it (`bedrock`). */
  readonly baseUrl: string | undefined
  /** Environment variable that holds the key; undefined where none is needed. */
  readonly keyVariable: string | undefined
  /** False for local servers: usable without a key. */
  readonly isKeyRequired: boolean
  /** `gen_ai.provider.name`. */
  readonly provider: string
  /** Provider id in the price catalog; undefined where it has none. */
  readonly priceProvider: string | undefined
  readonly operations: readonly Operation[]
  readonly dialect: Dialect
}
