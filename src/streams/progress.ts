import { isObject, type JsonObject, textOf } from '../core/json-shape.ts'
import type { ChatChunkChoice } from '../core/openai-types.ts'
import type { StreamPart } from '../core/provider-stream.ts'

/**
 * What the parts of a stream have shown so far: has content come, which choices are finished, how much was written.
 * Parts are a provider's own, so nothing in them is believed to have the right type.
 */
export class StreamProgress {
  chunkCount = 0
  /** Has content come? That is the commit point of an answer which is not held back. */
  hasContent = false
  /** Bytes of everything that the model has written: the base of an estimate where no usage is told. */
  outputBytes = 0
  /** Has usage come in a part of its own, after the content? What is told before is not the last word. */
  hasUsageApart = false
  responseId: string | undefined
  responseModel: string | undefined
  readonly #expectedChoices: number
  readonly #choices = new Set<number>()
  readonly #finishReasons = new Map<number, string>()

  /** @param n choices that were asked for */
  constructor(n: unknown) {
    this.#expectedChoices = typeof n === 'number' && n > 1 ? n : 1
  }

  observe({ chunk }: StreamPart): void {
    this.chunkCount += 1
    this.responseId ??= textOf(chunk.id)
    this.responseModel ??= textOf(chunk.model)
    const { choices } = chunk
    if (choices.length === 0 && chunk.usage && this.isFinished) this.hasUsageApart = true
    for (const choice of choices) this.#observeChoice(choice)
  }

  /** Has every choice that was asked for its finish reason, so that no more content will come? */
  get isFinished(): boolean {
    const { size } = this.#finishReasons
    return size >= this.#expectedChoices && size >= this.#choices.size
  }

  /** The provider has ended the stream: is the answer complete? Some give fewer choices than were asked for. */
  get isCompleteAtEnd(): boolean {
    return this.#finishReasons.size > 0 && this.#finishReasons.size >= this.#choices.size
  }

  /** By choice, empty where one has none; undefined when none has one. */
  get finishReasons(): readonly string[] | undefined {
    if (this.#finishReasons.size === 0) return undefined
    const count = Math.max(...this.#choices) + 1
    return Array.from({ length: count }, (_, index) => this.#finishReasons.get(index) ?? '')
  }

  #observeChoice(choice: Partial<ChatChunkChoice> | null): void {
    const { delta } = choice ?? {}
    const index = indexOf(choice?.index)
    const reason = textOf(choice?.finish_reason)
    this.#choices.add(index)
    if (isObject(delta)) {
      const bytes = bytesIn(delta)
      if (bytes !== undefined) this.hasContent = true
      this.outputBytes += bytes ?? 0
    }
    if (reason !== undefined) this.#finishReasons.set(index, reason)
  }
}

/** The protocol allows 128 choices; what is no index is the first one's. */
const CHOICES_MAX = 128

function indexOf(index: unknown): number {
  const isIndex = Number.isInteger(index) && Number(index) >= 0 && Number(index) < CHOICES_MAX
  return isIndex ? Number(index) : 0
}

/** Several services send the model's reasoning under one of the last two names. */
const TEXTS = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const

/** Bytes of the content of a delta; undefined when it holds none. */
function bytesIn(delta: JsonObject): number | undefined {
  let bytes: number | undefined
  for (const name of TEXTS) {
    const text = delta[name]
    if (typeof text === 'string' && text !== '') bytes = (bytes ?? 0) + Buffer.byteLength(text)
  }
  const { tool_calls: calls, function_call: call, audio } = delta
  if (Array.isArray(calls) && calls.length > 0) bytes = (bytes ?? 0) + jsonBytes(calls)
  if (isObject(call)) bytes = (bytes ?? 0) + jsonBytes(call)
  if (isObject(audio)) bytes = (bytes ?? 0) + Buffer.byteLength(textOf(audio['transcript']) ?? '')
  return bytes
}

function jsonBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value))
}
