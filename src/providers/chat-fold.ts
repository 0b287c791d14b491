/** The parts of chat completions as they are streamed, and of a whole completion, for servers that do not mind `stream`. */
import type { ChatChunk, ChatCompletion } from '../core/openai-types.ts'
import { interruptedStream } from './classify-error.ts'
import { fieldOf, isObject, type JsonObject, objectsOf, textOf } from '../core/json-shape.ts'
import type { CreateFold } from './message-fold.ts'

export const createChatFold: CreateFold = ({ instance, fail }) => {
  let told: JsonObject | undefined

  return {
    take(json, { data }, parts) {
      const { x_groq: groq } = json
      const error = textOf(fieldOf(groq, 'error'))
      if (error !== undefined) throw fail({ error })
      const usage = json['usage'] ?? fieldOf(groq, 'usage')
      if (isObject(usage)) told = merged(told, usage)
      const { choices } = json
      const isAnswer = Array.isArray(choices)
      // An event of the provider's own.
      if (!isAnswer && !isObject(usage)) return 'more'
      if (isAnswer && choices.some(hasFailed))
        throw interruptedStream(instance, 'answered with the finish reason "error"')
      if (isChunk(json)) {
        parts.push({ chunk: json, json: data.includes('\n') ? undefined : data })
        return 'more'
      }
      const chunk: JsonObject = { ...json, choices: isAnswer ? choices.map(complete) : [] }
      if (!isChunk(chunk)) return 'malformed'
      parts.push({ chunk, json: undefined })
      return 'more'
    },
    told: () => told,
  }
}

/** Counts may come in several parts; what was told last holds. */
function merged(told: JsonObject | undefined, usage: JsonObject): JsonObject {
  if (told === undefined) return usage
  const news = Object.entries(usage).filter(([, count]) => count !== null)
  return { ...told, ...Object.fromEntries(news) }
}

function hasFailed(choice: unknown): boolean {
  return fieldOf(choice, 'finish_reason') === 'error'
}

/** What callers rely on is checked; the rest is the provider's word, as the official client takes it. */
function isChunk(json: JsonObject): json is JsonObject & ChatChunk {
  const { choices } = json
  return Array.isArray(choices) && choices.every(isWhole)
}

function isWhole(choice: unknown): boolean {
  return isObject(choice) && isObject(choice['delta']) && choice['finish_reason'] !== undefined
}

/** Azure sends filter results in choices without a delta; and an absent finish reason is null, as the official client has it. */
function complete(choice: unknown): unknown {
  if (!isObject(choice)) return choice
  const { delta, finish_reason: reason = null } = choice
  return { ...choice, delta: isObject(delta) ? delta : {}, finish_reason: reason }
}

/** The whole answer as the one chunk of a stream. */
export function chunkOf(completion: ChatCompletion): object {
  const choices = completion.choices.map(({ message, ...choice }) => ({
    ...choice,
    delta: { ...message, ...withIndexes(message.tool_calls) },
  }))
  return { ...completion, object: 'chat.completion.chunk', choices }
}

/** In a stream, calls of tools are told apart by their index. */
function withIndexes(calls: unknown): object {
  if (!Array.isArray(calls)) return {}
  return { tool_calls: objectsOf(calls).map((call, index) => ({ index, ...call })) }
}
