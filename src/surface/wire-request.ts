/** What a request in OpenAI's wire format asks for. Pure. */
import { badRequest, WireRefusal } from './wire-refusal.ts'

/** Where a request goes. */
export type WirePlace =
  | { readonly operation: 'chat' | 'embeddings' | 'models' }
  | { readonly operation: 'model'; readonly id: string }

/** The largest request that is taken. */
export interface WireLimits {
  readonly messagesMax: number
  readonly choicesMax: number
}

/** 2048 is what OpenAI takes in a list of embedding inputs, and more messages than any conversation has. */
export const DEFAULT_WIRE_LIMITS: WireLimits = { messagesMax: 2048, choicesMax: 16 }

const INPUTS_MAX = 2048

const ROUTES = {
  chat: '/chat/completions',
  embeddings: '/embeddings',
  models: '/models',
  model: '/models/{id}',
} as const

/**
 * @param path below the base URL, without a query
 * @throws WireRefusal 404 `unknown_url`, 405 `method_not_allowed`
 */
export function wirePlace(method: string, path: string): WirePlace {
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  const operation = (['chat', 'embeddings'] as const).find((each) => ROUTES[each] === plain)
  if (operation !== undefined) {
    if (method === 'POST') return { operation }
    throw wrongMethod('POST')
  }
  const [, id] = /^\/models(?:\/(.+))?$/s.exec(plain) ?? []
  if (plain !== '/models' && id === undefined) throw unknownUrl()
  if (method !== 'GET' && method !== 'HEAD') throw wrongMethod('GET, HEAD')
  return id === undefined ? { operation: 'models' } : { operation: 'model', id: decoded(id) }
}

/** The path of a place, as a pattern. */
export function wireRoute({ operation }: WirePlace): string {
  return ROUTES[operation]
}

/** The part of a whole path that {@link wirePlace} reads, whatever base URL stands before it (`…/models/x/v1`, too). */
export function pathBelowBase(path: string): string {
  const place = /\/(?:chat\/completions|embeddings)\/?$/.exec(path) ?? /\/models(?:\/.+)?\/?$/s.exec(path)
  return place?.[0] ?? path
}

/** A model's id may hold slashes, and clients encode them. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

function unknownUrl(): WireRefusal {
  return new WireRefusal({
    status: 404,
    code: 'unknown_url',
    message:
      'Unknown request URL. Below its base URL this API has POST /chat/completions, POST /embeddings, GET /models ' +
      'and GET /models/{id}.',
  })
}

function wrongMethod(allow: string): WireRefusal {
  return new WireRefusal({
    status: 405,
    code: 'method_not_allowed',
    message: `This URL takes ${allow} only.`,
    headers: { allow },
  })
}

/** @throws WireRefusal 400 for text that is no JSON */
export function wireJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest('The body of the request is not valid JSON.')
  }
}

/**
 * The params of a call: what can be said of them without a provider, and the bounds.
 *
 * @throws WireRefusal 400
 */
export function wireParams(
  operation: 'chat' | 'embeddings',
  body: unknown,
  limits: WireLimits,
): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('The body of the request must be a JSON object.')
  const params = body as Readonly<Record<string, unknown>>
  if (operation === 'chat') checkChat(params, limits)
  else checkEmbeddings(params)
  return params
}

function checkChat({ messages, n, stream }: Readonly<Record<string, unknown>>, limits: WireLimits): void {
  const { messagesMax, choicesMax } = limits
  if (Array.isArray(messages) && messages.length > messagesMax)
    throw badRequest(`"messages" may hold ${messagesMax} messages at most.`, 'messages')
  if (typeof n === 'number' && n > choicesMax) throw badRequest(`"n" may be ${choicesMax} at most.`, 'n')
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    throw badRequest('"stream" must be true or false.', 'stream')
}

function checkEmbeddings({ input, encoding_format: format }: Readonly<Record<string, unknown>>): void {
  // A list of numbers is one text, told as its tokens.
  if (Array.isArray(input) && input.length > INPUTS_MAX && typeof input[0] !== 'number')
    throw badRequest(`"input" may hold ${INPUTS_MAX} texts at most.`, 'input')
  if (format !== undefined && format !== null && format !== 'float' && format !== 'base64')
    throw badRequest('"encoding_format" must be "float" or "base64".', 'encoding_format')
}
