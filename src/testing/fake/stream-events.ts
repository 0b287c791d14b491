import type { ChatCompletionChoice } from '../../core/openai-types.ts'
import type { CompletionBody } from './completion.ts'
import type { StreamOptions } from './stream-options.ts'
import type { FakeUsage } from './usage.ts'
import { toUsagePieces } from './usage.ts'

/** One server-sent event of a stream, as data. */
export interface StreamEvent {
  /** As it goes over the wire, the empty line included. */
  readonly text: string
  /** Wait before it, ms. */
  readonly pauseMs: number
  readonly tokens: 0 | 1
  readonly chunks: 0 | 1
  /** The tokens that it tells. */
  readonly usage: FakeUsage | undefined
  /** It has the last finish reason. */
  readonly isComplete: boolean
}

/** How a stream goes: the step's options, complete. */
export interface StreamShape extends Required<Omit<StreamOptions, 'keepAliveMs' | 'streamUsage'>> {
  /** In which chunk the tokens are told. */
  readonly usageComes: 'apart' | 'along' | 'pieces' | 'never'
}

const NOTHING = { pauseMs: 0, tokens: 0, chunks: 0, usage: undefined, isComplete: false } as const

/** An event that is no chunk of an answer. */
export function plainEvent(text: string, more: Partial<StreamEvent> = {}): StreamEvent {
  return { ...NOTHING, text, ...more }
}

export const DONE = plainEvent('data: [DONE]\n\n')

/** A completion, piece by piece, made while it is read. */
export function* streamEvents({ body, usage }: CompletionBody, shape: StreamShape): Generator<StreamEvent> {
  const write = chunkWriter(body, shape)
  const told = toldAt(body, usage, shape)
  let pauseMs = shape.firstTokenDelayMs
  let isFirst = true
  for (const { choice, isToken, isComplete } of chunksOf(body.choices, shape)) {
    const tells = isFirst ? told.first : isComplete ? told.last : undefined
    const text = write([choice], tells?.wire)
    yield {
      text,
      pauseMs: isToken ? pauseMs : 0,
      tokens: isToken ? 1 : 0,
      chunks: 1,
      usage: tells?.usage,
      isComplete,
    }
    if (isToken) pauseMs = shape.tokenDelayMs
    isFirst = false
  }
  if (told.apart) yield plainEvent(write([], told.apart.wire), { chunks: 1, usage: told.apart.usage })
  if (shape.done === true) yield DONE
}

/** Usage on the wire, and the same as the log sums it. */
interface Told {
  readonly wire: object
  readonly usage: FakeUsage
}

interface ToldAt {
  readonly first?: Told
  readonly last?: Told
  readonly apart?: Told
}

function toldAt(body: CompletionBody['body'], usage: FakeUsage | undefined, shape: StreamShape): ToldAt {
  const { usage: wire } = body
  if (!usage || !wire) return {}
  switch (shape.usageComes) {
    case 'apart':
      return { apart: { wire, usage } }
    case 'along':
      return { last: { wire, usage } }
    case 'pieces':
      return toUsagePieces(wire, usage)
    case 'never':
      return {}
  }
}

type WriteChunk = (choices: readonly object[], usage: object | undefined) => string

/** What all chunks share is written once. */
function chunkWriter(body: CompletionBody['body'], { usageComes }: StreamShape): WriteChunk {
  const { id, object: _completion, choices: _choices, usage: _usage, ...rest } = body
  const shared = JSON.stringify({ id, object: 'chat.completion.chunk', ...rest })
  const before = `data: ${shared.slice(0, -1)},"choices":`
  const after = usageComes === 'apart' ? ',"usage":null}\n\n' : '}\n\n'
  return (choices, usage) =>
    before + JSON.stringify(choices) + (usage ? `,"usage":${JSON.stringify(usage)}}\n\n` : after)
}

interface Chunk {
  readonly choice: object
  readonly isToken: boolean
  readonly isComplete: boolean
}

/** All choices: their roles, their tokens by turns, each one's finish reason after its last token. */
function* chunksOf(choices: readonly ChatCompletionChoice[], shape: StreamShape): Generator<Chunk> {
  for (const { index } of choices) {
    for (let count = 0; count < shape.roleChunks; count++) {
      yield silentChunk(index, { role: 'assistant', content: '' })
    }
  }
  let open = choices.map((choice) => ({ choice, deltas: deltasOf(choice.message, shape) }))
  while (open.length > 0) {
    const finished = new Set<object>()
    for (const each of open) {
      const { index, finish_reason: reason } = each.choice
      const { value: delta } = each.deltas.next()
      if (delta) {
        yield { choice: wireChoice(index, delta), isToken: true, isComplete: false }
        continue
      }
      finished.add(each)
      const isComplete = finished.size === open.length
      yield { choice: wireChoice(index, {}, reason), isToken: false, isComplete }
    }
    if (finished.size > 0) open = open.filter((each) => !finished.has(each))
  }
  for (let count = 0; count < shape.trailingChunks; count++) yield silentChunk(choices[0]?.index ?? 0, {})
}

function silentChunk(index: number, delta: object): Chunk {
  return { choice: wireChoice(index, delta), isToken: false, isComplete: false }
}

function wireChoice(index: number, delta: object, reason: string | null = null): object {
  return { index, delta, logprobs: null, finish_reason: reason }
}

/** In the order in which a model writes. `reasoning` is what OpenRouter and Groq call it. */
const TEXTS = ['reasoning_content', 'reasoning', 'content', 'refusal'] as const

const IN_PIECES: ReadonlySet<string> = new Set([...TEXTS, 'role', 'tool_calls'])

type Message = ChatCompletionChoice['message'] & Readonly<Record<string, unknown>>

/** What a message says, token by token; what is not text comes whole, at the end. */
function* deltasOf(whole: ChatCompletionChoice['message'], shape: StreamShape): Generator<object, undefined> {
  const message: Message = { ...whole }
  for (const name of TEXTS) {
    for (const piece of piecesOf(message[name])) yield { [name]: piece }
  }
  for (const [place, call] of (message.tool_calls ?? []).entries()) {
    yield* toolCallDeltas(call, { ...shape, index: shape.toolCallsFrom + place })
  }
  const others = Object.entries(message).filter(([name, value]) => !IN_PIECES.has(name) && value !== null)
  if (others.length > 0) yield Object.fromEntries(others)
  return undefined
}

type ToolCall = NonNullable<ChatCompletionChoice['message']['tool_calls']>[number]

function* toolCallDeltas(
  call: ToolCall,
  { index, toolCallName }: StreamShape & { readonly index: number },
): Generator<object> {
  if (call.type !== 'function') return yield { tool_calls: [{ index, ...call }] }
  const { id, type } = call
  const { name, arguments: text } = call.function
  const isLate = toolCallName === 'late'
  yield { tool_calls: [{ index, id, type, function: { ...(!isLate && { name }), arguments: '' } }] }
  for (const piece of piecesOf(text)) yield { tool_calls: [{ index, function: { arguments: piece } }] }
  if (isLate) yield { tool_calls: [{ index, function: { name } }] }
  return undefined
}

const PIECE_LENGTH = 4

/** Four characters a piece; five where the fourth is the first half of a pair. Joined they are the text. */
function* piecesOf(text: unknown): Generator<string> {
  if (typeof text !== 'string') return
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + PIECE_LENGTH
    if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end += 1
    yield text.slice(start, end)
  }
}
