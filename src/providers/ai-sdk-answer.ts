import { randomUUID } from 'node:crypto'
import type { ChatCompletion, CompletionUsage } from '../core/openai-types.ts'
import type { Usage } from '../core/usage.ts'
import { fieldOf, isObject, type JsonObject, objectsOf, textOf } from '../core/json-shape.ts'

/** What `doGenerate` resolved to, read. */
export interface AiSdkAnswer {
  readonly completion: ChatCompletion
  readonly usage: Usage | undefined
  readonly responseId: string | undefined
  readonly responseModel: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Settings that the model says it ignored. */
  readonly ignoredSettings: readonly string[]
}

/**
 * Reads the result of `doGenerate`, of versions 2 to 4.
 *
 * @param modelId stands in where the answer does not name its model
 * @returns undefined when it is no answer; `error` when the model gave up
 */
export function readAiSdkResult(result: unknown, modelId: string): AiSdkAnswer | 'error' | undefined {
  if (!isObject(result) || !Array.isArray(result['content'])) return undefined
  const unified = unifiedReason(result['finishReason'])
  if (unified === undefined) return undefined
  if (unified === 'error') return 'error'
  const { response } = result
  const usage = readAiSdkUsage(result['usage'])
  const responseId = textOf(fieldOf(response, 'id'))
  const responseModel = textOf(fieldOf(response, 'modelId'))
  const completion: ChatCompletion = {
    id: responseId ?? `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: createdAt(fieldOf(response, 'timestamp')),
    model: responseModel ?? modelId,
    choices: [
      {
        index: 0,
        finish_reason: toFinishReason(unified),
        logprobs: null,
        message: messageOf(objectsOf(result['content'])),
      },
    ],
    ...(usage === undefined ? {} : { usage: completionUsage(usage) }),
  }
  const headers = headersOf(fieldOf(response, 'headers'))
  return {
    completion,
    usage,
    responseId,
    responseModel,
    headers,
    ignoredSettings: ignoredOf(result['warnings']),
  }
}

/** Version 2 has it bare, 3 and 4 beside the vendor's own word. */
export function unifiedReason(reason: unknown): string | undefined {
  return textOf(reason) ?? textOf(fieldOf(reason, 'unified'))
}

export function toFinishReason(unified: string): FinishReason {
  return FINISH_REASONS[unified] ?? 'stop'
}

type FinishReason = ChatCompletion['choices'][number]['finish_reason']

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
}

/** Seconds since the epoch. */
export function createdAt(timestamp: unknown): number {
  const ms = timestamp instanceof Date ? timestamp.getTime() : Number.NaN
  return Math.floor((Number.isNaN(ms) ? Date.now() : ms) / 1000)
}

function messageOf(parts: readonly JsonObject[]): ChatCompletion['choices'][number]['message'] {
  const text = joined(parts, 'text')
  const reasoning = joined(parts, 'reasoning')
  // What the provider has run itself is done, and not for the app to run again.
  const calls = parts.filter((part) => part['type'] === 'tool-call' && part['providerExecuted'] !== true)
  const sources = parts.filter((part) => part['type'] === 'source').map((part) => textOf(part['url']))
  const citations = sources.filter((url) => url !== undefined)
  return {
    role: 'assistant',
    content: text ?? null,
    refusal: null,
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(toToolCall) }),
    // Not in the client's types; several services add it under this name.
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(citations.length === 0 ? {} : { citations }),
  }
}

function joined(parts: readonly JsonObject[], type: string): string | undefined {
  const texts = parts.filter((part) => part['type'] === type).map((part) => textOf(part['text']) ?? '')
  return texts.length === 0 ? undefined : texts.join('')
}

export function toToolCall(part: JsonObject): {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
} {
  const { input } = part
  return {
    id: textOf(part['toolCallId']) ?? '',
    type: 'function',
    function: {
      name: textOf(part['toolName']) ?? '',
      arguments: typeof input === 'string' ? input : JSON.stringify(input ?? {}),
    },
  }
}

/** Version 2 has flat numbers, 3 and 4 nest them. In all of them, input is the total with the cache's part. */
export function readAiSdkUsage(usage: unknown): Usage | undefined {
  const input = fieldOf(usage, 'inputTokens')
  const output = fieldOf(usage, 'outputTokens')
  const inputTokens = count(input) ?? count(fieldOf(input, 'total'))
  const outputTokens = count(output) ?? count(fieldOf(output, 'total'))
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  const cacheReadTokens = count(fieldOf(usage, 'cachedInputTokens')) ?? count(fieldOf(input, 'cacheRead'))
  const cacheWriteTokens = count(fieldOf(input, 'cacheWrite'))
  const reasoningTokens = count(fieldOf(usage, 'reasoningTokens')) ?? count(fieldOf(output, 'reasoning'))
  return {
    inputTokens,
    outputTokens,
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  }
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** In the words of chat completions. */
export function completionUsage(usage: Usage): CompletionUsage {
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = usage
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cacheReadTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cacheReadTokens } }),
    ...(reasoningTokens === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  }
}

/** The headers of an answer; those that are no text are left out. */
export function headersOf(headers: unknown): Readonly<Record<string, string>> {
  if (!isObject(headers)) return {}
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** The settings that these warnings say were ignored. */
export function ignoredOf(warnings: unknown): readonly string[] {
  const names = objectsOf(warnings)
    .filter((warning) => warning['type'] === 'unsupported' || warning['type'] === 'unsupported-setting')
    .map((warning) => textOf(warning['feature']) ?? textOf(warning['setting']))
  // Some providers put a sentence here; only names go into reports.
  return names.filter((name) => name !== undefined && /^[\w.-]{1,64}$/.test(name)).map(String)
}
