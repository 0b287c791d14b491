/** The one door for the official client's types: the call surface is the `openai` client's own, so are its shapes. */
import type OpenAI from 'openai'

export type ChatCompletion = OpenAI.Chat.Completions.ChatCompletion
export type ChatCompletionChoice = OpenAI.Chat.Completions.ChatCompletion.Choice
export type ChatChunk = OpenAI.Chat.Completions.ChatCompletionChunk
export type ChatChunkChoice = OpenAI.Chat.Completions.ChatCompletionChunk.Choice
export type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam
export type ChatParamsNonStreaming = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming
export type ChatParamsStreaming = OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming
export type CompletionUsage = OpenAI.Completions.CompletionUsage
export type EmbeddingParams = OpenAI.Embeddings.EmbeddingCreateParams
export type EmbeddingResponse = OpenAI.Embeddings.CreateEmbeddingResponse

export type { ParsedChatCompletion } from 'openai/resources/chat/completions'
export type { ExtractParsedContentFromParams } from 'openai/lib/parser'

/** Chat params as a target's adapter gets them: complete but for the model, which the target decides. */
export type ChatParams = Omit<ChatParamsNonStreaming, 'model' | 'stream'> & {
  readonly [extra: string]: unknown
}

/** Embedding params as a target's adapter gets them. */
export type EmbedParams = Omit<EmbeddingParams, 'model'>
