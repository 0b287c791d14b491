/** What a provider says about a request may repeat it, or the key. Nothing of that goes on. */

/** Longest reason that is passed on, characters. */
export const REASON_MAX_CHARS = 500

/** Longest text that is looked at, characters; far more than any reason of use. */
const READ_MAX_CHARS = 4_000

/** Prompts longer than this, characters in all, are not searched: their reasons are withheld. */
const PROMPT_MAX_CHARS = 65_536

/** A reason that shares a run of this many characters with the prompt repeats it. */
const RUN_CHARS = 16

/** Texts shorter than a run count when they are repeated whole, and when they are at least this long: "the" is no secret. */
const WHOLE_MIN_CHARS = 6

/** Deep enough for any schema; a cycle ends here. */
const DEPTH_MAX = 64

/** Where the words of the app and its users stand. */
const CONTENT_PARAMS = ['messages', 'input', 'tools', 'functions', 'prediction', 'user'] as const

/** Their values are words of the protocol ("assistant", "string"), which every reason uses. */
const PROTOCOL_FIELDS: ReadonlySet<string> = new Set(['role', 'type'])

export interface SanitizeContext {
  readonly params: unknown
  /** The key that the request was made with. */
  readonly apiKey: string | undefined
}

/**
 * A provider's own words, as they may be shown to the caller: at most 500 characters on one line, keys masked.
 *
 * @returns undefined when nothing is left, or when they repeat a part of the prompt (or the prompt is too long to tell)
 */
export function sanitizeReason(reason: string, context: SanitizeContext): string | undefined {
  const read = reason.slice(0, READ_MAX_CHARS)
  if (repeatsPrompt(read, context.params)) return undefined
  const masked = maskKeys(read, context.apiKey)
  // Masking first: a key that the cut went through would no longer look like one.
  const shown = onOneLine(masked)
  return shown === '' ? undefined : shown.slice(0, REASON_MAX_CHARS)
}

/**
 * A short identifier of a provider (`unsupported_value`, `messages[0].content`); anything else is dropped, and so is what
 * looks like a key or repeats the prompt.
 */
export function sanitizeIdentifier(value: unknown, context: SanitizeContext): string | undefined {
  if (typeof value !== 'string' || !/^[\w.[\]:/-]{1,64}$/.test(value)) return undefined
  return maskKeys(value, context.apiKey) === value && !repeatsPrompt(value, context.params)
    ? value
    : undefined
}

/** Control and format characters could forge lines of a log or turn text around on a screen. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

const MASK = '[key]'

/** Keys as vendors write them, whole or with stars in the middle, and whatever follows the words that introduce one. */
const KEY_PATTERNS: readonly RegExp[] = [
  /\b(?:Bearer|Basic)\s+[^\s"',;]+/gi,
  /\b(?:api[-_]?key|authorization|token|secret|password)["']?\s*[=:]\s*["']?[^\s"',;]+/gi,
  /\b(?:sk|pk|rk|csk|xai|pplx|gsk|hf|fw|tgp|ghp)[-_][\w*.-]{6,}/g,
  // Whose account it is: OpenAI names organization and project in its refusals.
  /\b(?:org-|proj_)[A-Za-z0-9]{12,}/g,
  /\b(?:AKIA|ASIA|AIza|ABSK|eyJ)[\w*.-]{8,}/g,
  // An opaque token of any vendor: long, and of letters and digits both.
  /\b(?=[\w-]{0,64}\d)(?=[\w-]{0,64}[A-Za-z])[A-Za-z0-9_-]{32,}/g,
]

function maskKeys(text: string, apiKey: string | undefined): string {
  let masked = apiKey ? text.replaceAll(apiKey, MASK) : text
  for (const pattern of KEY_PATTERNS) masked = masked.replaceAll(pattern, MASK)
  return masked
}

/** Does the text hold 16 characters in a row (or the whole of a shorter text) of what was sent? Linear in both. */
function repeatsPrompt(text: string, params: unknown): boolean {
  const prompts = promptTexts(params)
  if (prompts === undefined) return true
  const runs = runsOf(text)
  return prompts.some((prompt) => {
    if (prompt.length >= RUN_CHARS) return sharesRun(prompt, runs)
    return prompt.length >= WHOLE_MIN_CHARS && text.includes(prompt)
  })
}

function runsOf(text: string): ReadonlySet<string> {
  const runs = new Set<string>()
  for (let at = 0; at + RUN_CHARS <= text.length; at++) runs.add(text.slice(at, at + RUN_CHARS))
  return runs
}

function sharesRun(prompt: string, runs: ReadonlySet<string>): boolean {
  if (runs.size === 0) return false
  for (let at = 0; at + RUN_CHARS <= prompt.length; at++) {
    if (runs.has(prompt.slice(at, at + RUN_CHARS))) return true
  }
  return false
}

/** All texts of the prompt; undefined when they are more than can be searched. */
function promptTexts(params: unknown): readonly string[] | undefined {
  const texts: string[] = []
  if (typeof params !== 'object' || params === null) return texts
  const left = { chars: PROMPT_MAX_CHARS, nodes: PROMPT_MAX_CHARS }
  const fields = Object.entries(params).filter(([name]) =>
    (CONTENT_PARAMS as readonly string[]).includes(name),
  )
  return fields.every(([, value]) => collect(value, { texts, left, depth: 0 })) ? texts : undefined
}

interface Collection {
  readonly texts: string[]
  readonly left: { chars: number; nodes: number }
  readonly depth: number
}

/** False when there is more than can be searched. */
function collect(value: unknown, { texts, left, depth }: Collection): boolean {
  left.nodes -= 1
  if (left.nodes < 0 || depth > DEPTH_MAX) return false
  if (typeof value === 'string') {
    texts.push(value)
    left.chars -= value.length
    return left.chars >= 0
  }
  if (typeof value !== 'object' || value === null) return true
  const fields = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [name, inner] of fields) {
    const isProtocol = typeof name === 'string' && PROTOCOL_FIELDS.has(name) && typeof inner === 'string'
    if (!isProtocol && !collect(inner, { texts, left, depth: depth + 1 })) return false
  }
  return true
}
