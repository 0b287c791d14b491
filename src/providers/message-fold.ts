import type { AttemptError } from '../core/attempt-failure.ts'
import type { ChatParams } from '../core/openai-types.ts'
import type { StreamPart } from '../core/provider-stream.ts'
import type { EventMessage } from './event-source.ts'
import type { JsonObject } from './json-shape.ts'

/** What the messages of one API mean, as parts. One per stream: it remembers what came before. */
export interface MessageFold {
  /**
   * Takes one message, and adds the parts that it makes, if any. `{ error }` objects, events named "error", `[DONE]` and
   * what is no JSON object do not get here: {@link openWireStream} knows what they are in every API.
   *
   * @returns `last`: nothing of interest follows
   * @throws AttemptError made by `fail`, when the message is a failure in the words of this API
   */
  take(json: JsonObject, message: EventMessage, parts: StreamPart[]): 'last' | 'more'
  /** The usage told so far, in any words that `readUsage` knows; undefined when there is none. */
  told(): unknown
}

export interface FoldOptions {
  /** What was asked for. */
  readonly params: ChatParams
  /** The failure that this error body tells. */
  fail(body: unknown): AttemptError
  /** The stream ended with a failure that has no body. @param what goes into "x answered …" */
  interrupted(what: string): AttemptError
}

export type CreateFold = (options: FoldOptions) => MessageFold
