import { isObject, type JsonObject, objectsOf } from '../core/json-shape.ts'
import type { ChatCompletion } from '../core/openai-types.ts'
import type { StreamPart } from '../core/provider-stream.ts'

/** Of choices, and of tool calls in each: the client's own limit. What comes beyond it is left out. */
const PLACES_MAX = 128

/** Texts that come in pieces, wherever they stand. Of other fields the last value told holds, but lists grow. */
const PIECEWISE = new Set([
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'arguments',
  'input',
  'data',
  'transcript',
])
/** Objects that come in pieces. */
const NESTED = new Set(['function', 'custom', 'function_call', 'audio'])
/** What says where a piece belongs, and is told on its own; padding. */
const NO_FIELDS = new Set(['__proto__', 'index', 'delta', 'logprobs', 'tool_calls', 'choices', 'obfuscation'])
/** Azure sends a chunk before the answer that has these, but empty. */
const HEAD = new Set(['id', 'model', 'created'])

/** Puts the parts of one answer together again. */
export interface Accumulator {
  add(part: Pick<StreamPart, 'chunk'>): void
  /**
   * What the parts so far add up to. What nobody told is absent; where an answer broke off, `finish_reason` is null.
   *
   * @returns undefined when no choice came
   */
  completion(): ChatCompletion | undefined
}

/**
 * For checks on streams that are held back. Takes parts as they come from servers: without choices, tool calls whose
 * index does not begin at 0 or is missing, whose name comes late, whose id never.
 */
export function createAccumulator(): Accumulator {
  const head = new Map<string, unknown>()
  const choices: GrowingChoice[] = []
  return {
    add({ chunk }) {
      for (const [key, value] of fieldsOf(chunk)) {
        if (!HEAD.has(key) || !head.get(key)) head.set(key, value)
      }
      for (const choice of objectsOf(chunk.choices)) addChoice(choices, choice)
    },
    completion() {
      if (choices.length === 0) return undefined
      const answer: object = {
        ...Object.fromEntries(head),
        object: 'chat.completion',
        choices: inOrder(choices).map(choiceFrom),
      }
      return answer as ChatCompletion
    },
  }
}

/** An object that arrives in pieces. */
interface Growing {
  readonly plain: Map<string, unknown>
  readonly lists: Map<string, unknown[]>
  readonly texts: Map<string, string[]>
  readonly nested: Map<string, Growing>
}

interface GrowingCall {
  readonly index: number
  readonly fields: Growing
}

interface GrowingChoice extends GrowingCall {
  readonly message: Growing
  readonly calls: GrowingCall[]
  logprobs: Growing | undefined
}

function addChoice(choices: GrowingChoice[], piece: JsonObject): void {
  const index = indexOf(piece, 0)
  let choice = choices.find((one) => one.index === index)
  if (choice === undefined) {
    if (choices.length >= PLACES_MAX) return
    choice = { index, fields: growing(), message: growing(), calls: [], logprobs: undefined }
    choices.push(choice)
  }
  const { delta, logprobs } = piece
  grow(choice.fields, piece)
  if (isObject(logprobs)) grow((choice.logprobs ??= growing()), logprobs)
  if (!isObject(delta)) return
  grow(choice.message, delta)
  for (const call of objectsOf(delta['tool_calls'])) addCall(choice.calls, call)
}

function addCall(calls: GrowingCall[], piece: JsonObject): void {
  const index = indexOf(piece, calls.at(-1)?.index ?? 0)
  let call = calls.findLast((one) => one.index === index)
  if (call === undefined || isAnother(call.fields, piece)) {
    if (calls.length >= PLACES_MAX) return
    call = { index, fields: growing() }
    calls.push(call)
  }
  grow(call.fields, piece)
}

/** Gemini gives all its calls the index 0. An id alone tells nothing: older vLLM makes up one for every piece. */
function isAnother(call: Growing, piece: JsonObject): boolean {
  const { id, function: named } = piece
  const known = call.plain.get('id')
  const hasTwoIds = Boolean(id) && Boolean(known) && id !== known
  const isNamed = isObject(named) && Boolean(named['name'])
  return hasTwoIds && isNamed && call.nested.get('function')?.plain.has('name') === true
}

function growing(): Growing {
  return { plain: new Map(), lists: new Map(), texts: new Map(), nested: new Map() }
}

/** @param isNested what is in it is not taken apart any further: the depth of an answer is the provider's choice */
function grow(target: Growing, piece: JsonObject, isNested = false): void {
  for (const [key, value] of fieldsOf(piece)) {
    if (typeof value === 'string' && PIECEWISE.has(key)) listAt(target.texts, key).push(value)
    else if (Array.isArray(value)) for (const item of value) listAt(target.lists, key).push(item)
    else if (isObject(value) && NESTED.has(key) && !isNested) {
      const inner = target.nested.get(key) ?? growing()
      target.nested.set(key, inner)
      grow(inner, value, true)
    } else if (value !== '') target.plain.set(key, value)
  }
}

function listAt<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

/** Text wins over a list of the same name: Mistral tells its thinking in a list where the answer will stand. */
function grown({ plain, lists, texts, nested }: Growing): JsonObject {
  return Object.fromEntries<unknown>([
    ...plain,
    ...lists,
    ...[...texts].map(([key, pieces]) => [key, pieces.join('')] as const),
    ...[...nested].map(([key, inner]) => [key, grown(inner)] as const),
  ])
}

function choiceFrom({ index, fields, message, calls, logprobs }: GrowingChoice): object {
  return {
    finish_reason: null,
    ...grown(fields),
    index,
    logprobs: logprobs === undefined ? null : { content: null, refusal: null, ...grown(logprobs) },
    message: {
      role: 'assistant',
      content: null,
      refusal: null,
      ...grown(message),
      ...(calls.length > 0 && { tool_calls: inOrder(calls).map(callFrom) }),
    },
  }
}

function callFrom({ fields }: GrowingCall): object {
  const type = fields.nested.has('custom') ? 'custom' : 'function'
  const call = grown(fields)
  const empty = type === 'custom' ? { input: '' } : { arguments: '' }
  return { type, ...call, [type]: { ...empty, ...(isObject(call[type]) && call[type]) } }
}

function inOrder<T extends GrowingCall>(all: readonly T[]): readonly T[] {
  return all.toSorted((one, other) => one.index - other.index)
}

/** What a piece tells: null and nothing are the same. */
function fieldsOf(piece: object): readonly (readonly [string, unknown])[] {
  return Object.entries(piece).filter(([key, value]) => value != null && !NO_FIELDS.has(key))
}

function indexOf({ index }: JsonObject, otherwise: number): number {
  return typeof index === 'number' ? index : otherwise
}
