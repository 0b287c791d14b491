import type { ChatCompletion } from '../../core/openai-types.ts'
import type { FakeRequest } from './request.ts'
import type { StreamOptions } from './stream-options.ts'
import type { FakeUsage } from './usage.ts'

/** What every step may say. */
export interface StepOptions {
  /** Wait before the first byte (the headers), ms. @default the provider's `latencyMs` */
  readonly delayMs?: number
  /** Extra response headers; they win over the fake's own. @default {} */
  readonly headers?: Readonly<Record<string, string>>
}

/** Text, or parts of a completion that replace the fake's own (by top-level key). */
export type FakeAnswer = string | (Partial<ChatCompletion> & Readonly<Record<string, unknown>>)

/** A well-formed completion (or embedding), streamed where that is asked for. `{}` is the provider's default answer. */
export interface AnswerStep extends StepOptions, StreamOptions {
  /** @default the provider's `answer`; null content when there are tool calls */
  readonly answer?: FakeAnswer | ((request: FakeRequest) => FakeAnswer)
  /** Token counts, where they are not to be derived from the text; `absent` leaves the usage out. */
  readonly usage?: Partial<FakeUsage> | 'absent'
  readonly toolCalls?: readonly FakeToolCall[]
  /** The model's refusal text, beside null content. */
  readonly refusal?: string
  /** What the model thought before it answered, sent as `reasoning_content` as DeepSeek does. */
  readonly reasoning?: string
  /** @default 'tool_calls' with tool calls, else 'stop' */
  readonly finishReason?: 'stop' | 'length' | 'tool_calls' | 'content_filter'
  /** The model that the answer names. @default the one asked for */
  readonly model?: string
  /** Compresses the body; a stream stays as it is. @default none */
  readonly contentEncoding?: 'gzip' | 'deflate' | 'br'
}

export interface FakeToolCall {
  readonly name: string
  /** An object is sent as JSON; a string as it is. @default {} */
  readonly arguments?: object | string
  /** @default `call_1`, `call_2`, … */
  readonly id?: string
}
