import type { ProviderStream } from './provider-stream.ts'
import type { ProviderRates } from './provider-rates.ts'
import type { ChatCompletion, ChatParams, EmbeddingResponse, EmbedParams } from './openai-types.ts'
import type { Operation, Target } from './target.ts'
import type { Usage } from './usage.ts'

/** Params and answer of each operation. */
export interface OperationTypes {
  chat: { params: ChatParams; answer: ChatCompletion }
  embeddings: { params: EmbedParams; answer: EmbeddingResponse }
}

/** How one attempt is to be sent. */
export interface SendOptions {
  readonly target: Target
  /** Aborted when the client hangs up, the deadline passes or the caller says so; the reason is always an `LlmError`. */
  readonly signal: AbortSignal
  /** Longest wait for the whole answer, ms. */
  readonly timeoutMs: number
  /** Extra request headers of this call. */
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly idempotencyKey: string | undefined
  /** Undefined where nobody wants to know. */
  readonly listener?: SendListener | undefined
}

/** Who wants to know how a request gets on. */
export interface SendListener {
  /** The request leaves this process now: it has a connection. Once more if it is sent anew. */
  sent(): void
  /** An answer of any kind is there, and this is what it says of the provider's limits. */
  told(rates: ProviderRates | undefined): void
}

/** A provider's answer and what the adapter read off it. */
export interface ProviderAnswer<O extends Operation = Operation> {
  readonly data: OperationTypes[O]['answer']
  /** Absent when the provider told no usage. */
  readonly usage: Usage | undefined
  /** What the provider says that it costs, USD; only from dialects that tell. */
  readonly costUsd: number | undefined
  readonly responseId: string | undefined
  readonly responseModel: string | undefined
  readonly finishReasons: readonly string[] | undefined
  readonly upstreamRequestId: string | undefined
  /** Sampling hints that this dialect does not take and that were left out. */
  readonly droppedParams: readonly string[]
  /** The raw HTTP answer, for `asResponse()`: made on demand, because few calls ask. */
  toResponse(): Response
}

/**
 * Speaks with one provider instance.
 *
 * `send` resolves to an answer that is a well-formed completion, or throws an `AttemptError`; nothing else. It
 * sends at most one request (plus one resend when an idle socket was closed under it) and never retries.
 */
export interface Adapter {
  /** Why these params cannot be sent to this provider without changing their meaning; undefined when they can. Pure and quick. */
  unsupported<O extends Operation>(operation: O, params: OperationTypes[O]['params']): string | undefined
  send<O extends Operation>(
    operation: O,
    params: OperationTypes[O]['params'],
    options: SendOptions,
  ): Promise<ProviderAnswer<O>>
  /** Why this provider cannot stream; undefined when it can. */
  readonly streamingUnsupported: string | undefined
  /**
   * Asks for a chat answer as a stream, and resolves as soon as the provider has begun to give one (a 200 and an event
   * stream); `options.timeoutMs` is the longest wait for that. Throws an `AttemptError`; nothing else.
   *
   * After that the stream belongs to the caller: it must be read to its end, or cancelled. `options.signal` ends nothing
   * any more.
   */
  stream(params: ChatParams, options: SendOptions): Promise<ProviderStream>
  /** Releases sockets. Calls under way may fail. */
  close(): Promise<void>
}
