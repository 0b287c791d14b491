import type { AnswerStep, StepOptions } from './answer-step.ts'
import type { MidAnswerFault } from './mid-answer-fault.ts'
import type { FakeRequest } from './request.ts'

/**
 * What the fake does with one request: an answer, an HTTP error, a fault below HTTP, or a raw body. A string is short
 * for `{ answer: string }`; a function decides when the request is there.
 */
export type FakeStep = AnswerStep | ErrorStep | FaultStep | RawStep

export type FakeStepLike = FakeStep | string | ((request: FakeRequest) => FakeStep | string)

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
