import type { ChatCompletion } from '../core/openai-types.ts'
import { fieldOf, isObject, type JsonObject } from '../core/json-shape.ts'

/** Is this what the protocol promises: an object with at least one choice, and a message in each? */
export function isChatCompletion(value: unknown): value is ChatCompletion {
  const choices = fieldOf(value, 'choices')
  return (
    Array.isArray(choices) &&
    choices.length > 0 &&
    choices.every((choice) => isObject(fieldOf(choice, 'message')))
  )
}

/**
 * The body of a 200 when it is an error all the same: `{ error }` instead of an answer, or (OpenRouter) in a choice
 * instead of a message.
 */
export function errorInside(body: unknown): JsonObject | undefined {
  if (Array.isArray(body)) return errorInside(body[0])
  if (!isObject(body)) return undefined
  if (isError(body['error'])) return body
  const choices = body['choices']
  const [first]: readonly unknown[] = Array.isArray(choices) ? choices : []
  return isObject(first) && isError(first['error']) ? first : undefined
}

/** What the body of a 200 says that it used, be it an answer or not. */
export function usageInside(body: unknown): unknown {
  return fieldOf(Array.isArray(body) ? body[0] : body, 'usage')
}

function isError(value: unknown): boolean {
  return isObject(value) || (typeof value === 'string' && value !== '')
}

export function finishReasonsOf(completion: ChatCompletion): readonly string[] | undefined {
  const reasons: string[] = []
  for (const { finish_reason: reason } of completion.choices) {
    // Some servers send null, whatever the types say.
    if (typeof reason === 'string') reasons.push(reason)
  }
  return reasons.length === 0 ? undefined : reasons
}
