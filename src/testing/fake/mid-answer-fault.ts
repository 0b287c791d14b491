import type { AnswerStep } from './answer-step.ts'

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
  /** As for an AnswerStep. @default false */
  readonly done?: boolean | 'hang'
}
