import { invalidParams } from '../core/llm-error.ts'
import type { Operation } from '../core/target.ts'

/**
 * Body fields by which some gateways and servers let a request choose its own address, key or models. Params often come
 * from a request body, so they may not.
 */
const RESERVED = new Set([
  'apibase',
  'apikey',
  'apiversion',
  'baseurl',
  'contentpolicyfallbacks',
  'contextwindowfallbacks',
  'customllmprovider',
  'endpoint',
  'extrabody',
  'extraheaders',
  'fallbacks',
  'modellist',
  'models',
  'userconfig',
])

/** `api_key`, `apiKey` and `API_KEY` are the same to those who read them. */
function isReserved(name: string): boolean {
  return RESERVED.has(name.toLowerCase().replaceAll(/[_-]/g, ''))
}

/**
 * Checks what every provider would refuse, before any of them is asked. Everything else in the params is the
 * provider's to judge.
 *
 * @throws LlmError `invalid_params`
 */
export function checkParams(
  operation: Operation,
  params: unknown,
): asserts params is Record<string, unknown> {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw invalidParams('The first argument of a call must be an object of params.')
  }
  const { model } = params as { model?: unknown }
  if (model !== undefined && (typeof model !== 'string' || model === '')) {
    throw invalidParams(
      '"model" must be a non-empty string: a tier, a task, an alias, a target, or "auto".',
      'model',
    )
  }
  const reserved = Object.keys(params).find(isReserved)
  if (reserved !== undefined) {
    throw invalidParams(
      `"${reserved}" must not be in the params: addresses, keys and other models are the config's.`,
      reserved,
    )
  }
  if (operation === 'chat') checkChat(params as Record<string, unknown>)
  else checkEmbeddings(params as Record<string, unknown>)
}

function checkChat(params: Record<string, unknown>): void {
  const { stream, stream_options: streamOptions } = params
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    throw invalidParams('"stream" must be true or false.', 'stream')
  }
  if (streamOptions !== undefined && streamOptions !== null && typeof streamOptions !== 'object') {
    throw invalidParams('"stream_options" must be an object.', 'stream_options')
  }
  checkMessages(params['messages'])
  const { n } = params
  if (n !== undefined && n !== null && !(Number.isInteger(n) && (n as number) >= 1)) {
    throw invalidParams('"n" must be a whole number, 1 or more.', 'n')
  }
}

function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalidParams('"messages" must be a non-empty array of messages.', 'messages')
  }
  for (const [index, message] of messages.entries()) {
    const wrong = wrongIn(message)
    if (wrong !== undefined) throw invalidParams(`messages[${index}]${wrong}.`, `messages[${index}]`)
  }
}

/** Roles whose messages are their content; an assistant's may be tool calls alone. */
const SPEAKING = new Set(['developer', 'system', 'tool', 'user'])

function wrongIn(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return ' must be an object with a "role"'
  const { role, content } = message as { role?: unknown; content?: unknown }
  if (typeof role !== 'string' || role === '') return ' must be an object with a "role"'
  const isContent = typeof content === 'string' || Array.isArray(content)
  return SPEAKING.has(role) && !isContent ? '.content must be a text or a list of parts' : undefined
}

function checkEmbeddings(params: Record<string, unknown>): void {
  const { input } = params
  const isText = typeof input === 'string' && input !== ''
  if (!isText && !(Array.isArray(input) && input.length > 0)) {
    throw invalidParams(
      '"input" must be a non-empty string, or a non-empty array of strings or tokens.',
      'input',
    )
  }
}
