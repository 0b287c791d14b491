import type { AttemptError } from '../core/attempt-failure.ts'
import type { ProviderStream, StreamPart, StreamUsage } from '../core/provider-stream.ts'
import type { Usage } from '../core/usage.ts'
import { errorInside } from './chat-answer.ts'
import {
  brokenStream,
  failedAnswer,
  type FailureContext,
  protocolFailure,
  readRequestId,
} from './classify-error.ts'
import { EventDecoder, type EventMessage } from './event-source.ts'
import { isObject } from '../core/json-shape.ts'
import type { CreateFold, MessageFold } from './message-fold.ts'
import type { Dialect } from './preset.ts'
import { isEventStream } from './transport-response.ts'
import type { ByteSource } from './transport-source.ts'
import { readCostUsd, readUsage } from './usage.ts'

export interface WireStreamOptions {
  readonly source: ByteSource
  readonly head: ProviderStream['head']
  readonly createFold: CreateFold
  readonly dialect: Dialect
  readonly context: FailureContext
  readonly droppedParams: readonly string[]
}

const USAGE_COMES: Readonly<Record<Dialect['streamUsage'], StreamUsage>> = {
  stream_options: 'apart',
  always: 'along',
  none: 'never',
}

/** A provider's server-sent events as parts: what is the same in every API, around the fold that knows one of them. */
export class WireStream implements ProviderStream {
  readonly usageComes: StreamUsage
  readonly upstreamRequestId: string | undefined
  readonly droppedParams: readonly string[]
  readonly head: ProviderStream['head']
  readonly #source: ByteSource
  readonly #dialect: Dialect
  readonly #context: FailureContext
  readonly #fold: MessageFold
  readonly #decoder = new EventDecoder()
  #malformedCount = 0
  #hasMessage = false
  #isOver = false
  #failure: AttemptError | undefined

  constructor(options: WireStreamOptions) {
    const { source, head, createFold, dialect, context, droppedParams } = options
    const { status, headers } = head
    this.usageComes = USAGE_COMES[dialect.streamUsage]
    this.upstreamRequestId = readRequestId(headers)
    this.droppedParams = droppedParams
    this.head = { status, headers }
    this.#source = source
    this.#dialect = dialect
    this.#context = context
    const { instance } = context
    this.#fold = createFold({ instance, fail: (body) => this.#failureOf(body) })
  }

  async read(): Promise<readonly StreamPart[] | undefined> {
    if (this.#isOver) return this.#end()
    const parts: StreamPart[] = []
    try {
      const chunks = await this.#source.read()
      // Cancelled meanwhile: what is left of a message is none.
      if (this.#isOver) return undefined
      this.#takeAll(this.#messagesIn(chunks), parts)
      if (chunks === undefined) this.#close()
    } catch (thrown) {
      this.#isOver = true
      this.#failure = brokenStream(thrown, this.#context)
    }
    if (!this.#isOver) return parts
    // Behind the last message there is next to nothing, whatever that message was.
    this.#source.drain()
    // What came before the failure is handed out before it.
    return parts.length > 0 ? parts : this.#end()
  }

  /** The body's end. What was never called an event stream, and holds no event, is none. */
  #close(): void {
    this.#isOver = true
    if (this.#hasMessage || isEventStream(this.head.headers)) return
    this.#failure = protocolFailure(this.#context, 'what is no event stream')
  }

  cancel(): void {
    this.#isOver = true
    this.#failure = undefined
    this.#source.cancel()
  }

  usage(): Usage | undefined {
    return readUsage(this.#fold.told())
  }

  costUsd(): number | undefined {
    return this.#dialect.costFrom === 'response' ? readCostUsd(this.#fold.told()) : undefined
  }

  malformedCount(): number {
    return this.#malformedCount
  }

  #end(): undefined {
    if (this.#failure !== undefined) throw this.#failure
  }

  #messagesIn(chunks: readonly Buffer[] | undefined): readonly EventMessage[] {
    const messages: EventMessage[] = []
    if (chunks === undefined) this.#decoder.end(messages)
    else for (const chunk of chunks) this.#decoder.push(chunk, messages)
    return messages
  }

  /** Stops at the last message. */
  #takeAll(messages: readonly EventMessage[], parts: StreamPart[]): void {
    this.#hasMessage ||= messages.length > 0
    for (const message of messages) {
      const outcome = this.#take(message, parts)
      if (outcome === 'malformed') this.#malformedCount++
      if (outcome !== 'last') continue
      this.#isOver = true
      return
    }
  }

  #take(message: EventMessage, parts: StreamPart[]): ReturnType<MessageFold['take']> {
    const { data, event } = message
    if (data.startsWith('[DONE]')) return 'last'
    // Some servers keep the connection alive so.
    if (data === '') return 'more'
    const json = parse(data)
    const error = event === 'error' ? (json ?? data) : errorInside(json)
    if (error !== undefined) throw this.#failureOf(error)
    return isObject(json) ? this.#fold.take(json, message, parts) : 'malformed'
  }

  #failureOf(body: unknown): AttemptError {
    const { headers } = this.head
    return failedAnswer({ status: undefined, headers, body, usage: this.usage() }, this.#context)
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    // Counted by the caller; the parser's message quotes the answer.
    return undefined
  }
}
