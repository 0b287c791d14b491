import { randomUUID } from 'node:crypto'
import type { StreamPart } from '../core/provider-stream.ts'
import type { Usage } from '../core/usage.ts'
import {
  completionUsage,
  createdAt,
  ignoredOf,
  readAiSdkUsage,
  toFinishReason,
  toToolCall,
  unifiedReason,
} from './ai-sdk-answer.ts'
import { fieldOf, type JsonObject, textOf } from '../core/json-shape.ts'
import { MadeParts } from './made-parts.ts'

interface StreamedCall {
  /** Position among the calls of this answer. */
  readonly index: number
  /** Do its deltas add up to what it is called with? Not where they are bare text instead of JSON. */
  readonly isJson: boolean
  /** Has any of what it is called with gone out? */
  hasInput: boolean
}

/**
 * The parts of one `doStream` as those of a chat completion, of versions 2 to 4; one object per stream, asked for each
 * part in order. Errors, and a `finish` that is none ({@link isUnfinished}), are not its business.
 */
export class AiSdkParts {
  /** What the model says that it used; known at the finish. */
  usage: Usage | undefined
  /** Settings that the model says it ignored; known at the start. */
  ignoredSettings: readonly string[] = []
  readonly #modelId: string
  #metadata: JsonObject = {}
  readonly #made = new MadeParts(() => this.#head())
  readonly #calls = new Map<string, StreamedCall>()
  readonly #citations = new Set<string>()

  /** @param modelId stands in where the stream does not name its model */
  constructor(modelId: string) {
    this.#modelId = modelId
  }

  /** What one part becomes; nothing where it only adds to what is known, or where chunks have no word for it. */
  of(part: JsonObject): readonly StreamPart[] {
    switch (part['type']) {
      case 'text-delta':
        return this.#text('content', part)
      case 'reasoning-delta':
        return this.#text('reasoning_content', part)
      case 'tool-input-start':
        return this.#startOfCall(part)
      case 'tool-input-delta':
        return this.#inputOfCall(part)
      case 'tool-call':
        return this.#call(part)
      case 'finish':
        return this.#finish(part)
      default:
        this.#note(part)
        return []
    }
  }

  #text(field: 'content' | 'reasoning_content', part: JsonObject): readonly StreamPart[] {
    const text = textOf(part['delta'])
    return text === undefined ? [] : [this.#made.part({ [field]: text })]
  }

  #startOfCall(part: JsonObject): readonly StreamPart[] {
    const id = textOf(part['id'])
    // What the provider runs itself is not for the app to run again.
    if (id === undefined || part['providerExecuted'] === true || this.#calls.has(id)) return []
    const call = this.#newCall(id, { isJson: part['inputEncoding'] !== 'text', hasInput: false })
    const start = toToolCall({ ...part, toolCallId: id, input: '' })
    return [this.#made.part({ tool_calls: [{ index: call.index, ...start }] })]
  }

  #inputOfCall(part: JsonObject): readonly StreamPart[] {
    const call = this.#calls.get(textOf(part['id']) ?? '')
    const delta = textOf(part['delta'])
    return call?.isJson === true && delta !== undefined ? this.#input(call, delta) : []
  }

  /** The whole call, which repeats what has been streamed of it. */
  #call(part: JsonObject): readonly StreamPart[] {
    if (part['providerExecuted'] === true) return []
    const whole = toToolCall(part)
    const call = this.#calls.get(whole.id)
    if (call !== undefined) return call.hasInput ? [] : this.#input(call, whole.function.arguments)
    const { index } = this.#newCall(whole.id, { isJson: true, hasInput: true })
    return [this.#made.part({ tool_calls: [{ index, ...whole }] })]
  }

  #newCall(id: string, state: Omit<StreamedCall, 'index'>): StreamedCall {
    const call = { index: this.#calls.size, ...state }
    this.#calls.set(id, call)
    return call
  }

  #input(call: StreamedCall, text: string): readonly StreamPart[] {
    call.hasInput = true
    return [this.#made.part({ tool_calls: [{ index: call.index, function: { arguments: text } }] })]
  }

  #finish(part: JsonObject): readonly StreamPart[] {
    this.usage = readAiSdkUsage(part['usage'])
    const reason = toFinishReason(unifiedReason(part['finishReason']) ?? '')
    const citations = [...this.#citations]
    const last = this.#made.part(citations.length === 0 ? {} : { citations }, reason)
    return this.usage === undefined ? [last] : [last, this.#made.usage(completionUsage(this.usage))]
  }

  #note(part: JsonObject): void {
    const { type, url } = part
    if (type === 'response-metadata') this.#metadata = { ...this.#metadata, ...part }
    else if (type === 'stream-start') this.ignoredSettings = ignoredOf(part['warnings'])
    else if (type === 'source' && typeof url === 'string') this.#citations.add(url)
  }

  #head() {
    const { id, timestamp, modelId } = this.#metadata
    return {
      id: textOf(id) ?? `chatcmpl-${randomUUID()}`,
      created: createdAt(timestamp),
      model: textOf(modelId) ?? this.#modelId,
    }
  }
}

/**
 * Is this `finish` none, because the model gave up, or the vendor's stream ended without saying why? Models send one all
 * the same: with `error`, with `interrupted` (version 4), `unknown` (version 2) or `other` without the vendor's word.
 */
export function isUnfinished({ finishReason }: JsonObject): boolean {
  const unified = unifiedReason(finishReason)
  if (unified === undefined || UNFINISHED.has(unified)) return true
  return unified === 'other' && typeof finishReason === 'object' && fieldOf(finishReason, 'raw') === undefined
}

const UNFINISHED: ReadonlySet<string> = new Set(['error', 'interrupted', 'unknown'])
