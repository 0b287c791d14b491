import { fieldOf, isObject, type JsonObject, objectsOf, textOf } from '../core/json-shape.ts'

/** What a provider's error body says, whichever of their shapes it has. */
export interface ProviderProblem {
  /** `code`, `type` and inner codes, in the order of how much they say. */
  readonly codes: readonly string[]
  readonly param: string | undefined
  /** The provider's own words. May repeat the prompt. */
  readonly message: string | undefined
  /** Everything in the body that can hold a well-known phrase. */
  readonly phrases: string
  /** An HTTP status told in the body: of an error inside a 200. */
  readonly status: number | undefined
}

/** Longest text in which phrases are looked for, characters. */
const PHRASES_MAX_CHARS = 4_000

/**
 * Reads an error body: `{ error: {…} }` of OpenAI and most others, `{ error: "…" }` of Ollama, `{ message }` of Mistral,
 * Cohere and Bedrock, `{ detail: [{ msg }] }` of FastAPI servers, `[{ error: {…} }]` of Gemini, and what is inside them.
 */
export function readProblem(body: unknown): ProviderProblem {
  const first: unknown = Array.isArray(body) ? body[0] : body
  const inner = fieldOf(first, 'error') ?? first
  const error: unknown = Array.isArray(inner) ? inner[0] : inner
  const fields = isObject(error) ? error : {}
  const message = textOf(error) ?? messageOf(fields)
  return {
    codes: codesOf(fields, isObject(first) ? first : {}),
    param: textOf(fields['param']),
    message,
    phrases: phrasesOf(fields, message),
    status: statusOf(fields),
  }
}

function messageOf(fields: JsonObject): string | undefined {
  const { message, detail } = fields
  const [first] = objectsOf(detail)
  // Only what is wrong, not `input`, which is what was sent.
  return textOf(message) ?? textOf(fieldOf(message, 'detail')) ?? textOf(detail) ?? textOf(first?.['msg'])
}

function codesOf(fields: JsonObject, outer: JsonObject): readonly string[] {
  const innerError = fields['innererror'] ?? fields['inner_error']
  const found = [
    fields['code'],
    fieldOf(innerError, 'code'),
    fields['type'],
    fields['status'],
    outer['code'],
    outer['type'],
  ]
  const codes = found.filter((code) => textOf(code) !== undefined).map(String)
  // OpenRouter: a moderation's refusal has reasons instead of a code.
  const isModerated = fieldOf(fields['metadata'], 'flagged_input') !== undefined
  return isModerated ? ['content_filter', ...codes] : codes
}

/** OpenRouter says "Provider returned error" and puts the vendor's own body beside it, as text. */
function phrasesOf(fields: JsonObject, message: string | undefined): string {
  const raw = textOf(fieldOf(fields['metadata'], 'raw'))
  return [message, raw]
    .filter((text) => text !== undefined)
    .join('\n')
    .slice(0, PHRASES_MAX_CHARS)
}

function statusOf(fields: JsonObject): number | undefined {
  for (const value of [fields['code'], fields['status'], fields['http_code'], fields['statusCode']]) {
    const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599)
      return status
  }
  return undefined
}
