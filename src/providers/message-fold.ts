import type { AttemptError } from '../core/attempt-failure.ts'
import type { StreamPart } from '../core/provider-stream.ts'
import type { EventMessage } from './event-source.ts'
import type { JsonObject } from '../core/json-shape.ts'

/** What the messages of one API mean, as parts. One per stream: it remembers what came before. */
export interface MessageFold {
  /**
   * Takes one message, and adds the parts that it makes, if any. `[DONE]`, events named "error", `{ error }` objects and
   * what is no JSON object do not get here: they mean the same in every API.
   *
   * @returns `last`: nothing of interest follows. `malformed`: it cannot be read, and is left out
   * @throws {AttemptError} a failure in the words of this API
   */
  take(json: JsonObject, message: EventMessage, parts: StreamPart[]): 'last' | 'more' | 'malformed'
  /** The usage told so far, in any words that `readUsage` knows; undefined where there is none. */
  told(): unknown
}

export interface FoldOptions {
  /** Name of the provider instance. */
  readonly instance: string
  /** The failure that this error body tells. */
  readonly fail: (body: unknown) => AttemptError
}

export type CreateFold = (options: FoldOptions) => MessageFold
