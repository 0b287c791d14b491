import { EventEmitter, once } from 'node:events'
import type { ChatChunk } from '../../../src/core/openai-types.ts'
import type { StreamPart } from '../../../src/core/provider-stream.ts'
import type { PartReader } from '../../../src/streams/part-reader.ts'

/** A chunk with this text. */
export function aChunk(content: string): ChatChunk {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  }
}

/** A part as it comes from a provider: the JSON beside the chunk. */
export function aPart(content: string): StreamPart {
  const chunk = aChunk(content)
  return { chunk, json: JSON.stringify(chunk) }
}

type Step = readonly StreamPart[] | undefined | Error

/**
 * A reader whose test says what it reads and when: batches, an error, the end (undefined). Reads wait for a step. Once
 * stopped it is at its end, as the reader of a call is.
 */
export class ScriptedReader implements PartReader {
  /** Reads so far. */
  reads = 0
  stops = 0
  readonly #steps: Step[]
  readonly #events = new EventEmitter()

  constructor(...steps: readonly Step[]) {
    this.#steps = [...steps]
  }

  give(...steps: readonly Step[]): void {
    this.#steps.push(...steps)
    this.#events.emit('step')
  }

  async read(): Promise<readonly StreamPart[] | undefined> {
    this.reads += 1
    this.#events.emit('read')
    while (this.#steps.length === 0 && this.stops === 0) await once(this.#events, 'step')
    if (this.stops > 0) return undefined
    const step = this.#steps.shift()
    if (step instanceof Error) throw step
    return step
  }

  stop(): void {
    this.stops += 1
    this.#events.emit('stop')
    this.#events.emit('step')
  }

  /** Resolves when it has been read so often. */
  async untilRead(times: number): Promise<void> {
    while (this.reads < times) await once(this.#events, 'read')
  }

  async untilStopped(): Promise<void> {
    if (this.stops === 0) await once(this.#events, 'stop')
  }
}

/** An error that is told as itself. */
export function errorBody(error: unknown): object {
  return { error: { message: error instanceof Error ? error.message : String(error) } }
}
