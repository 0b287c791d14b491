/**
 * Chat over the Responses API, for services that have nothing else: text without tools. What a search found stays on
 * the answer as `citations` and `search_results`, where chat completions of the same vendor had them.
 */
import type { ChatCompletion, ChatParams } from '../core/openai-types.ts'
import { type ParamTranslation, createChatTranslation } from './chat-params.ts'
import { fieldOf, isObject, type JsonObject, objectsOf, textOf } from '../core/json-shape.ts'
import type { Dialect } from './preset.ts'

/** @param name the provider instance, for reasons */
export function createResponsesTranslation(name: string, dialect: Dialect): ParamTranslation {
  const chat = createChatTranslation(name, dialect)
  return {
    unsupported(params) {
      return chat.unsupported(params) ?? notText(name, params)
    },
    body(params, model) {
      const { body, droppedParams } = chat.body(params, model)
      const { messages, max_tokens: limit, ...rest } = body
      const input = objectsOf(messages).map(inputItem)
      return {
        body: { ...rest, input, ...(limit === undefined ? {} : { max_output_tokens: limit }) },
        droppedParams,
      }
    },
  }
}

function notText(name: string, { messages }: ChatParams): string | undefined {
  return Array.isArray(messages) && messages.every(isText)
    ? undefined
    : `${name} takes text only: no tool calls, no results of tools`
}

function isText(message: unknown): boolean {
  if (!isObject(message)) return false
  const { role, tool_calls: calls, function_call: call } = message
  if (role === 'tool' || role === 'function') return false
  const isEmpty = calls === undefined || calls === null || (Array.isArray(calls) && calls.length === 0)
  const hasCalls = role === 'assistant' && (!isEmpty || isObject(call))
  return !hasCalls && textOfContent(message) !== undefined
}

/** Undefined when the content is not text. */
function textOfContent({ content }: { readonly content?: unknown }): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content) || content.some((part) => fieldOf(part, 'type') !== 'text')) return undefined
  return objectsOf(content)
    .map((part) => textOf(part['text']) ?? '')
    .join('')
}

function inputItem(message: JsonObject): JsonObject {
  const { role, content } = message
  // Parts stay parts; those of earlier answers have a type of their own there, which text alone does not need.
  const isParts = Array.isArray(content) && role !== 'assistant'
  return {
    type: 'message',
    role,
    content: isParts
      ? objectsOf(content).map((part) => ({ type: 'input_text', text: part['text'] }))
      : textOfContent(message),
  }
}

/** The answer of the Responses API as a chat completion; undefined when it is none. */
export function completionOfResponse(response: unknown): ChatCompletion | undefined {
  if (!isObject(response)) return undefined
  const message = messageOf(response)
  if (message === undefined) return undefined
  return {
    id: textOf(response['id']) ?? '',
    object: 'chat.completion',
    created: createdAt(response),
    model: textOf(response['model']) ?? '',
    choices: [{ index: 0, finish_reason: finishReasonOf(response), logprobs: null, message }],
    ...usageOf(response['usage']),
    ...sourcesOf(response),
  }
}

/** Seconds since the epoch; 0 where it is not told. */
export function createdAt({ created_at: created }: JsonObject): number {
  return typeof created === 'number' ? created : 0
}

function contentsOf(response: JsonObject): readonly JsonObject[] {
  return objectsOf(response['output'])
    .filter((item) => item['type'] === 'message')
    .flatMap((item) => objectsOf(item['content']))
}

/** What the answer says; undefined when it has no message. */
export function messageOf(response: JsonObject): ChatCompletion['choices'][number]['message'] | undefined {
  const contents = contentsOf(response)
  if (contents.length === 0) return undefined
  const textFrom = (type: string, field: string): string | null => {
    const texts = contents.filter((part) => part['type'] === type).map((part) => textOf(part[field]) ?? '')
    return texts.length === 0 ? null : texts.join('')
  }
  return {
    role: 'assistant',
    content: textFrom('output_text', 'text'),
    refusal: textFrom('refusal', 'refusal'),
  }
}

export function finishReasonOf(response: JsonObject): 'stop' | 'length' | 'content_filter' {
  if (response['status'] !== 'incomplete') return 'stop'
  const reason = fieldOf(response['incomplete_details'], 'reason')
  return reason === 'content_filter' ? 'content_filter' : 'length'
}

/** The words of chat completions, with everything else (the cost) as it came. */
export function usageOf(usage: unknown): Pick<ChatCompletion, 'usage'> {
  if (!isObject(usage)) return {}
  const { input_tokens: input, output_tokens: output, total_tokens: total, ...rest } = usage
  if (typeof input !== 'number' || typeof output !== 'number') return {}
  const { input_tokens_details: inputDetails, output_tokens_details: outputDetails, ...others } = rest
  return {
    usage: {
      ...others,
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: typeof total === 'number' ? total : input + output,
      ...(isObject(inputDetails) ? { prompt_tokens_details: inputDetails } : {}),
      ...(isObject(outputDetails) ? { completion_tokens_details: outputDetails } : {}),
    },
  }
}

/** What a search found, under the names that chat completions of the same vendor have for it. */
export function sourcesOf(response: JsonObject): { citations?: unknown; search_results?: unknown } {
  const searchResults = searchResultsOf(response)
  const citations = citationsOf(response, searchResults)
  return {
    ...(citations.length === 0 ? {} : { citations }),
    ...(searchResults.length === 0 ? {} : { search_results: searchResults }),
  }
}

function searchResultsOf(response: JsonObject): readonly JsonObject[] {
  const onTop = objectsOf(response['search_results'])
  if (onTop.length > 0) return onTop
  return objectsOf(response['output'])
    .filter((item) => item['type'] === 'search_results')
    .flatMap((item) => objectsOf(item['results']))
}

function citationsOf(response: JsonObject, searchResults: readonly JsonObject[]): readonly string[] {
  const onTop: readonly unknown[] = Array.isArray(response['citations']) ? response['citations'] : []
  const annotated = contentsOf(response)
    .flatMap((part) => objectsOf(part['annotations']))
    .map((annotation) => annotation['url'])
  // In the order of `[1][2]` in the text, which is that of the results.
  const sources = [onTop, searchResults.map((result) => result['url']), annotated].find((urls) =>
    urls.some(textOf),
  )
  const urls = (sources ?? []).map(textOf).filter((url) => url !== undefined)
  return [...new Set(urls)]
}
