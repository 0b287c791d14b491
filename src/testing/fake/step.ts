import type { ChatCompletion } from '../../core/openai-types.ts'
import type { FakeRequest } from './request.ts'
import type { MidAnswerFault, StreamOptions } from './stream-step.ts'
import type { FakeUsage } from './usage.ts'

/**
 * What the fake does with one request: an answer, an HTTP error, a fault below HTTP, or a raw body. A string is short
 * for `{ answer: string }`; a function decides when the request is there.
 */
export type FakeStep = AnswerStep | ErrorStep | FaultStep | RawStep

export type FakeStepLike = FakeStep | string | ((request: FakeRequest) => FakeStep | string)

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

/** An HTTP error with the error body of the OpenAI protocol. What is left out is what OpenAI sends with this status. */
export interface ErrorStep extends StepOptions {
  /** 400 to 599. */
  readonly status: number
  /** Seconds, an HTTP date (text or Date), or `{ ms }` for the `retry-after-ms` header. */
  readonly retryAfter?: number | string | Date | { readonly ms: number }
  readonly message?: string
  readonly type?: string | null
  readonly code?: string | null
  readonly param?: string | null
}

/** Any body with any status: for other dialects, and answers that nobody thought of. */
export interface RawStep extends StepOptions {
  /** An object is sent as JSON; text as it is. */
  readonly body: string | object
  /** @default 200 */
  readonly status?: number
}

export type FaultStep =
  | ContextLengthFault
  | ContentFilterFault
  | MidAnswerFault
  | BrokenConnectionFault
  | BrokenBodyFault
  | RedirectFault
  | CloseIdleFault
  | OversizedFault

/** 400 `context_length_exceeded`. */
export interface ContextLengthFault extends StepOptions {
  readonly fault: 'context-length'
  /** The window that the message names. @default 8192 */
  readonly limitTokens?: number
}

/** 400: the prompt was refused by the content filter, in OpenAI's words (`invalid_prompt`) or Azure's (`content_filter`). */
export interface ContentFilterFault extends StepOptions {
  readonly fault: 'content-filter'
  /** @default 'openai' */
  readonly form?: 'openai' | 'azure'
}

/**
 * `reset`: the socket is reset before any byte · `reset-mid-body`: after headers and half of the answer ·
 * `silence`: nothing is ever sent, and the connection stays open until the client or the fake ends it.
 */
export interface BrokenConnectionFault extends StepOptions {
  readonly fault: 'reset' | 'reset-mid-body' | 'silence'
}

/**
 * Answers with status 200 that are no completion. `wrong-json`: JSON cut in the middle · `html`: a page, as gateways
 * send · `empty`: no body · `not-a-completion`: JSON of another shape · `error-in-200`: an error body. Who asked for a
 * stream gets the same.
 */
export interface BrokenBodyFault extends StepOptions {
  readonly fault: 'wrong-json' | 'html' | 'empty' | 'not-a-completion' | 'error-in-200'
  /** @default 200 */
  readonly status?: number
}

export interface RedirectFault extends StepOptions {
  readonly fault: 'redirect'
  /** The `location`. */
  readonly to: string
  /** @default 307, which keeps method and body */
  readonly status?: 301 | 302 | 303 | 307 | 308
}

/**
 * Answers well, then closes the kept-alive socket without a word.
 *
 * `after-answer`: at once, so that a client that looks sees it · `at-next-request`: the moment the next request comes
 * on that socket, before any byte of an answer: the idle-socket race, made certain. That next request is logged as a
 * fault. In process, where there are no sockets, it is a plain answer.
 */
export interface CloseIdleFault extends StepOptions {
  readonly fault: 'close-idle'
  /** @default 'after-answer' */
  readonly when?: 'after-answer' | 'at-next-request'
}

/**
 * A well-formed completion, padded with spaces to at least this many bytes, sent in chunks without a content length.
 * Streamed, the spaces stand in the line of the first chunk.
 */
export interface OversizedFault extends StepOptions {
  readonly fault: 'oversized'
  readonly bytes: number
}

/**
 * A script that does `step` for `count` requests; what comes after it is as before.
 *
 * @example fake.script(failing(2, { status: 503 })) // fails twice, then answers
 */
export function failing(count: number, step: FakeStepLike): readonly FakeStepLike[] {
  return Array.from({ length: count }, () => step)
}
