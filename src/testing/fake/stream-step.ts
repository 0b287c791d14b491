import type { AnswerStep } from './step.ts'

/**
 * When and how the tokens of a stream are told. `asked`: in a last chunk without choices, where the request has
 * `stream_options.include_usage` (and `usage: null` before it), as OpenAI does · `always`: in the chunk with the finish
 * reason, asked or not, as Mistral does · `pieces`: as `always`, but the input tokens alone in the first chunk and the
 * output tokens alone in the one with the finish reason · `never`.
 */
export type FakeStreamUsage = 'asked' | 'always' | 'pieces' | 'never'

/**
 * How an answer is streamed to a request with `stream: true`; others get it whole, and none of this is heeded.
 *
 * A token is a chunk with output: about four characters of text, refusal, reasoning or tool-call arguments, or the name
 * of a tool call.
 */
export interface StreamOptions {
  /** Wait between the headers (with the role chunk) and the first token, ms. @default the provider's */
  readonly firstTokenDelayMs?: number
  /** Wait before each further token, ms. Without it all chunks go out in as few writes as they fit in. @default the provider's */
  readonly tokenDelayMs?: number
  /** While it waits (or stalls), sends the comment `: keep-alive` each so many ms. @default no comments */
  readonly keepAliveMs?: number
  /** @default the provider's */
  readonly streamUsage?: FakeStreamUsage
  /**
   * The `[DONE]` at the end. False leaves it out and ends the body; `hang` leaves it out and the body open: everything
   * (finish reason and usage) was sent, then nothing more comes until the client goes. @default true
   */
  readonly done?: boolean | 'hang'
  /** Chunks with the role and empty content that come before the first token. @default 1 */
  readonly roleChunks?: number
  /** Chunks with an empty delta that come after the finish reason. @default 0 */
  readonly trailingChunks?: number
  /** Index of the first tool call; some services start at 1. @default 0 */
  readonly toolCallsFrom?: number
  /** Which delta of a tool call carries its name: the first, or the last, after all arguments. @default 'first' */
  readonly toolCallName?: 'first' | 'late'
}

/** Faults in the middle of an answer. Which answer, and how it is streamed until then, the step says as an AnswerStep does. */
export type MidAnswerFault = CutFault | StallFault | MalformedFault | StreamErrorFault

interface SpoiltAnswer extends Omit<
  AnswerStep,
  'contentEncoding' | 'finishReason' | 'done' | 'trailingChunks'
> {
  /**
   * Tokens that are sent well before the fault. With 0 it comes after the headers and the role chunks; with all of them
   * or more (Infinity) right before the finish reason. An answer that is not streamed breaks off in proportion.
   * @default half of them
   */
  readonly afterTokens?: number
}

/**
 * The answer breaks off. `close`: the body ends in order, as if it were complete · `done`: the same, after a `[DONE]` ·
 * `reset`: the socket is reset · `unterminated`: the socket is closed without the end of the body (the terminating
 * chunk of a stream; the promised length of a whole answer).
 */
export interface CutFault extends SpoiltAnswer {
  readonly fault: 'cut'
  /** @default 'close' */
  readonly how?: 'close' | 'done' | 'reset' | 'unterminated'
}

/** Nothing more comes, and the connection stays open until the client or the fake ends it. */
export interface StallFault extends SpoiltAnswer {
  readonly fault: 'stall'
}

/** Parts that are no JSON; after them the stream goes on to its good end. An answer that is not streamed is broken JSON. */
export interface MalformedFault
  extends SpoiltAnswer, Pick<AnswerStep, 'finishReason' | 'done' | 'trailingChunks'> {
  readonly fault: 'malformed'
  /** How many of them. @default 1 */
  readonly count?: number
  /** Nothing but them comes: the last breaks off in the middle of its line, and the body ends. @default false */
  readonly tail?: boolean
}

/** `data: {"error":…}` inside a 200, then the end. An answer that is not streamed is the error's body, with status 200. */
export interface StreamErrorFault extends SpoiltAnswer, Pick<AnswerStep, 'done'> {
  readonly fault: 'stream-error'
  /** Fields of the error object, in place of those that OpenAI sends with `status`. @default {} */
  readonly error?: Readonly<Record<string, unknown>>
  /** The status, 400 to 599, that the error would have had outside of a stream. @default 500 */
  readonly status?: number
  /** As in {@link StreamOptions}. @default false */
  readonly done?: boolean | 'hang'
}
