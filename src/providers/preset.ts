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
  /** What messages, tools and formats may not hold: the target is skipped. @default [] */
  readonly unsupportedFeatures?: readonly ChatFeature[]
  /** Params that this service knows by another name. @default {} */
  readonly renamedParams?: Readonly<Record<string, string>>
  /** A higher `temperature` is refused or cut: the target is skipped. @default no limit of ours */
  readonly maxTemperature?: number
  /** `mistral`: nine letters or digits, so other ids are replaced, both in the call and in its result. @default 'any' */
  readonly toolCallIds?: 'any' | 'mistral'
  /** What becomes of the reasoning in earlier answers (`reasoning_content` and its kin). @default 'left-out' */
  readonly earlierReasoning?: 'kept' | 'left-out'
  /** How vectors travel: in a quarter of the bytes, or as every service can. @default 'float' */
  readonly embeddingFormat?: 'base64' | 'float'
}

/** What a chat can hold beside params, and not every service takes. */
export type ChatFeature =
  /** Images in messages. */
  | 'image'
  /** Audio in messages. */
  | 'audio'
  /** Files in messages. */
  | 'file'
  /** `name` of a message. */
  | 'name'
  /** Tools of type `custom`. */
  | 'custom-tools'
  /** Functions marked `strict`. */
  | 'strict-tools'
  /** `response_format` of type `json_schema`. */
  | 'json-schema'

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
  /** `gen_ai.provider.name`. Undefined where nobody knows whose server it is: then the instance's name stands for it. */
  readonly provider: string | undefined
  /** Provider id in the price catalog; undefined where it has none. */
  readonly priceProvider: string | undefined
  readonly operations: readonly Operation[]
  readonly dialect: Dialect
}
