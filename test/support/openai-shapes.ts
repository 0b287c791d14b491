/**
 * The shapes of OpenAI's public API description (openapi.yaml: CreateChatCompletionResponse, its stream response,
 * CreateEmbeddingResponse, ListModelsResponse, Model, ErrorResponse), in our own words. Fields that it requires are
 * required; services may add fields of their own, errors may not.
 */
import { z } from 'zod'

const usage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
})

const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])

const toolCall = z.looseObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
})

const message = z.looseObject({
  role: z.literal('assistant'),
  content: z.string().nullable(),
  refusal: z.string().nullable(),
  tool_calls: z.array(toolCall).optional(),
})

const completion = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z
    .array(
      z.looseObject({
        index: z.int(),
        finish_reason: finishReason,
        logprobs: z.looseObject({}).nullable(),
        message,
      }),
    )
    .min(1),
  usage: usage.optional(),
})

const toolCallDelta = z.looseObject({
  index: z.int(),
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: z.looseObject({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
})

const chunk = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      delta: z.looseObject({
        role: z.enum(['developer', 'system', 'user', 'assistant', 'tool']).optional(),
        content: z.string().nullish(),
        refusal: z.string().nullish(),
        tool_calls: z.array(toolCallDelta).optional(),
      }),
      finish_reason: finishReason.nullable(),
    }),
  ),
  usage: usage.nullish(),
})

function embeddings(vector: z.ZodType) {
  const item = z.looseObject({ object: z.literal('embedding'), index: z.int(), embedding: vector })
  return z.looseObject({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(item).min(1),
    usage: z.looseObject({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
}

const model = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
})

export const openaiShapes = {
  completion,
  chunk,
  embeddings: embeddings(z.array(z.number()).min(1)),
  embeddingsInBase64: embeddings(z.base64().min(1)),
  model,
  models: z.strictObject({ object: z.literal('list'), data: z.array(model) }),
  error: z.strictObject({
    error: z.strictObject({
      message: z.string().min(1),
      type: z.string().min(1),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  }),
} as const

/** The chunks of an event stream, and how it ended. */
export function eventsIn(text: string): { readonly data: readonly unknown[]; readonly isDone: boolean } {
  const lines = text.split('\n\n').filter((line) => line !== '')
  const data = lines.map((line) => line.replace(/^data: /, ''))
  const isDone = data.at(-1) === '[DONE]'
  return { data: (isDone ? data.slice(0, -1) : data).map((each): unknown => JSON.parse(each)), isDone }
}
