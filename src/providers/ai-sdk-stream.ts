import { AttemptError } from '../core/attempt-failure.ts'
import type { ProviderStream, StreamPart } from '../core/provider-stream.ts'
import type { Usage } from '../core/usage.ts'
import { readAiSdkUsage } from './ai-sdk-answer.ts'
import { AiSdkParts, isUnfinished } from './ai-sdk-parts.ts'
import { interruptedStream, failureInStream } from './ai-sdk-error.ts'
import { type FailureContext, readRequestId } from './classify-error.ts'
import { isObject } from '../core/json-shape.ts'

/** What `doStream` resolved to, and what belongs to it. */
export interface AiSdkStreamSource {
  readonly stream: ReadableStream<unknown>
  /** Of the vendor's answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Ends the model's own request. */
  readonly aborter: AbortController
  readonly modelId: string
  readonly droppedParams: readonly string[]
  readonly context: FailureContext
}

/** Models hand out one part at a time; at most this many go out together. */
const BATCH_MAX_PARTS = 256

/**
 * The stream of a model as that of a provider. A read takes what comes within one turn of the event loop, so that what
 * arrived together goes on together; between reads at most one part is asked for ahead.
 */
export class AiSdkStream implements ProviderStream {
  readonly usageComes = 'along'
  readonly upstreamRequestId: string | undefined
  readonly head: ProviderStream['head']
  readonly #source: AiSdkStreamSource
  readonly #reader: ReadableStreamDefaultReader<unknown>
  readonly #translated: AiSdkParts
  #parts: StreamPart[] = []
  #end: AttemptError | 'end' | undefined
  #malformedCount = 0
  /** A part has been asked for, and has not come yet. */
  #isAsking = false
  /** A read is under way: go on asking. */
  #isRead = false
  #wake: (() => void) | undefined

  constructor(source: AiSdkStreamSource) {
    this.#source = source
    this.#reader = source.stream.getReader()
    this.#translated = new AiSdkParts(source.modelId)
    this.head = { status: 200, headers: toHeaders(source.headers) }
    this.upstreamRequestId = readRequestId(this.head.headers)
  }

  async read(): Promise<readonly StreamPart[] | undefined> {
    this.#isRead = true
    this.#ask()
    if (this.#parts.length === 0 && this.#end === undefined) await this.#arrival()
    if (this.#end === undefined) await turn()
    this.#isRead = false
    const parts = this.#parts
    this.#parts = []
    if (parts.length > 0 || this.#end === undefined) return parts
    if (this.#end === 'end') return undefined
    throw this.#end
  }

  cancel(): void {
    this.#parts = []
    if (this.#end !== undefined) return
    this.#finish('end')
    this.#release()
  }

  usage(): Usage | undefined {
    return this.#translated.usage
  }

  costUsd(): undefined {
    return undefined
  }

  malformedCount(): number {
    return this.#malformedCount
  }

  /** The model names what it ignored in the first part of its stream. */
  get droppedParams(): readonly string[] {
    return [...new Set([...this.#source.droppedParams, ...this.#translated.ignoredSettings])]
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #ask(): void {
    if (!this.#isRead || this.#isAsking || this.#end !== undefined) return
    if (this.#parts.length >= BATCH_MAX_PARTS) return
    this.#isAsking = true
    this.#reader
      .read()
      .then(({ done, value }) => (done ? this.#finish('end') : this.#take(value)))
      .catch((thrown: unknown) => this.#fail(interruptedStream(thrown, this.#source.context)))
      .finally(() => {
        this.#isAsking = false
        this.#wake?.()
        this.#ask()
      })
  }

  #take(part: unknown): void {
    // What a cancelled stream still gives.
    if (this.#end !== undefined) return
    const type = isObject(part) ? part['type'] : undefined
    if (!isObject(part) || typeof type !== 'string') this.#malformedCount += 1
    else if (type === 'error') this.#takeError(part['error'])
    else if (type === 'finish' && isUnfinished(part)) {
      this.#fail(interruptedStream(undefined, this.#source.context, readAiSdkUsage(part['usage'])))
    } else this.#parts.push(...this.#translated.of(part))
  }

  #takeError(error: unknown): void {
    const failure = failureInStream(error, this.#source.context)
    if (failure === 'malformed') this.#malformedCount += 1
    else this.#fail(failure)
  }

  /** Nobody asks this model for more, whether its stream goes on or not. */
  #fail(failure: AttemptError): void {
    this.#finish(failure)
    this.#release()
  }

  #finish(end: AttemptError | 'end'): void {
    this.#end ??= end
    this.#wake?.()
  }

  #release(): void {
    this.#source.aborter.abort()
    // Rejects where the stream had broken already, which its reader has been told.
    this.#reader.cancel().catch(() => undefined)
  }
}

function toHeaders(told: Readonly<Record<string, string>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(told)) {
    try {
      headers.set(name, value)
    } catch {
      // What HTTP cannot carry never came from a vendor: a model made by hand said so, and the answer is good without.
    }
  }
  return headers
}

/** Everything that is there without waiting for a socket comes before this. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
