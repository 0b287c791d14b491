import type { ChatCompletion } from '../core/openai-types.ts'
import { errorInside, usageInside } from './chat-answer.ts'
import { failedAnswer, type FailureContext, protocolFailure } from './classify-error.ts'
import { readUsage } from './usage.ts'

export interface CompletionReading {
  readonly response: Response
  /** The completion that a body of this API is; undefined when it is none. */
  readonly read: (body: unknown) => ChatCompletion | undefined
  readonly context: FailureContext
}

/**
 * The completion in the body of a 200.
 *
 * @throws {AttemptError} when there is an error inside instead, or something else
 */
export function completionIn(json: unknown, { response, read, context }: CompletionReading): ChatCompletion {
  const error = errorInside(json)
  const completion = error === undefined ? read(json) : undefined
  if (completion !== undefined) return completion
  const usage = readUsage(usageInside(json))
  if (error === undefined) throw protocolFailure(context, 'JSON that is no completion', usage)
  throw failedAnswer({ status: undefined, headers: response.headers, body: error, usage }, context)
}
