import type { ChatParams } from '../core/openai-types.ts'
import { fieldOf, isObject, type JsonObject, objectsOf } from '../core/json-shape.ts'
import { mistralToolCallId } from './mistral-tool-call-id.ts'
import type { ChatFeature, Dialect } from './preset.ts'

/** How a model thought, as services add it to their answers. Others refuse it when it comes back in a conversation. */
const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details'] as const

/** What an answer's message has, and no service reads when it comes back. */
const ANSWER_ONLY_FIELDS = ['annotations', 'parsed', 'citations', 'search_results'] as const

/** Fields that an answer fills with null or nothing, which some services refuse in a question. */
const EMPTY_FIELDS = ['refusal', 'audio', 'function_call', 'tool_calls'] as const

/**
 * Messages as one service takes them. Roles, ids and parts survive; what changes is the name of the instructions' role,
 * the form of tool-call ids where the service insists on one, and fields that only answers have. What is no message stays
 * as it is: the service refuses it, and says why.
 *
 * @returns the same array when there is nothing to change
 */
export function translateMessages(messages: unknown, dialect: Dialect): unknown {
  if (!Array.isArray(messages)) return messages
  let changed: unknown[] | undefined
  for (const [index, message] of messages.entries()) {
    const translated = translateMessage(message, dialect)
    if (translated !== message) (changed ??= [...messages])[index] = translated
  }
  return changed ?? messages
}

function translateMessage(message: unknown, dialect: Dialect): unknown {
  if (!isObject(message) || message['role'] === 'user') return message
  const { role } = message
  if (role === 'developer') {
    return dialect.instructionRole === 'developer' ? message : { ...message, role: 'system' }
  }
  if (role === 'tool' && dialect.toolCallIds === 'mistral') {
    return { ...message, tool_call_id: mistralToolCallId(message['tool_call_id']) }
  }
  return role === 'assistant' ? translateAnswer(message, dialect) : message
}

/** An earlier answer, maybe of another service, pushed into the conversation as it came. */
function translateAnswer(message: JsonObject, dialect: Dialect): unknown {
  const unwanted = Object.entries(message).filter(([field, value]) => isUnwanted(field, value, dialect))
  const told = dialect.toolCallIds === 'mistral' ? message['tool_calls'] : undefined
  const calls: readonly unknown[] = Array.isArray(told) ? told : []
  if (unwanted.length === 0 && calls.length === 0) return message
  const answer: Record<string, unknown> = { ...message }
  for (const [field] of unwanted) delete answer[field]
  if (calls.length > 0) answer['tool_calls'] = calls.map(withMistralId)
  return answer
}

function withMistralId(call: unknown): unknown {
  return isObject(call) && 'id' in call ? { ...call, id: mistralToolCallId(call['id']) } : call
}

function isUnwanted(field: string, value: unknown, dialect: Dialect): boolean {
  if (includes(REASONING_FIELDS, field)) return dialect.earlierReasoning !== 'kept'
  if (includes(ANSWER_ONLY_FIELDS, field)) return true
  const isEmpty = value === null || (Array.isArray(value) && value.length === 0)
  return isEmpty && includes(EMPTY_FIELDS, field)
}

function includes(fields: readonly string[], field: string): boolean {
  return fields.includes(field)
}

/** Why the messages, tools or format cannot be sent to a service that lacks these features; undefined when they can. */
export function unsupportedContent(
  name: string,
  params: ChatParams,
  features: readonly ChatFeature[],
): string | undefined {
  const found = findFeature(params, new Set(features))
  return found === undefined ? undefined : `${name} ${SENTENCES[found]}`
}

const SENTENCES: Readonly<Record<ChatFeature, string>> = {
  image: 'does not take images',
  audio: 'does not take audio',
  file: 'does not take files in messages',
  name: 'does not take a "name" in messages',
  'custom-tools': 'does not take tools of type "custom"',
  'strict-tools': 'does not keep the promise of "strict" functions',
  'json-schema': 'does not take a "response_format" of type "json_schema"',
}

function findFeature(params: ChatParams, features: ReadonlySet<ChatFeature>): ChatFeature | undefined {
  for (const message of objectsOf(params.messages)) {
    const feature = findInMessage(message, features)
    if (feature !== undefined) return feature
  }
  for (const tool of objectsOf(params.tools)) {
    if (features.has('custom-tools') && fieldOf(tool, 'type') === 'custom') return 'custom-tools'
    if (features.has('strict-tools') && fieldOf(fieldOf(tool, 'function'), 'strict') === true)
      return 'strict-tools'
  }
  const isSchema = fieldOf(params.response_format, 'type') === 'json_schema'
  return isSchema && features.has('json-schema') ? 'json-schema' : undefined
}

function findInMessage(message: JsonObject, features: ReadonlySet<ChatFeature>): ChatFeature | undefined {
  const { role, name, content } = message
  // The deprecated role `function` is named after its function, so there the name is not a speaker's.
  if (features.has('name') && role !== 'function' && name !== undefined) return 'name'
  if (role === 'assistant') {
    if (features.has('audio') && isObject(message['audio'])) return 'audio'
    if (features.has('custom-tools') && objectsOf(message['tool_calls']).some(isCustom)) return 'custom-tools'
  }
  for (const { type } of objectsOf(content)) {
    const feature = PART_FEATURES.get(type)
    if (feature !== undefined && features.has(feature)) return feature
  }
  return undefined
}

function isCustom(call: unknown): boolean {
  return fieldOf(call, 'type') === 'custom'
}

const PART_FEATURES: ReadonlyMap<unknown, ChatFeature> = new Map([
  ['image_url', 'image'],
  ['input_audio', 'audio'],
  ['file', 'file'],
])
