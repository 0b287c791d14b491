import type { ChatChunk } from './openai-types.ts'
import type { Usage } from './usage.ts'

/** One chunk of a streamed answer. */
export interface StreamPart {
  readonly chunk: ChatChunk
  /** Exactly this chunk as JSON, on one line, where it is at hand as it came: spares writing it anew. */
  readonly json: string | undefined
}

/** How a provider tells the usage of a stream: in a chunk of its own after the last one, along with chunks, or never. */
export type StreamUsage = 'apart' | 'along' | 'never'

/** A provider's answer while it arrives. */
export interface ProviderStream {
  /**
   * The parts that have arrived since the last read, in order; waits for bytes when there are none. Empty when bytes came
   * that hold no part (a comment, half a line). Undefined at the end: `[DONE]`, or the end of the body; whether the
   * answer is complete then, its finish reasons tell. One read at a time.
   *
   * Parts that cannot be parsed are left out and counted. Not reading pauses the provider.
   *
   * @throws AttemptError: `stream-interrupted` when the connection broke, else the kind of the error inside the stream
   */
  read(): Promise<readonly StreamPart[] | undefined>
  /** The rest is not wanted: closes the socket. A read under way ends at once. May be called at any time, and again. */
  cancel(): void
  readonly usageComes: StreamUsage
  /** What the provider has told so far; counts that came in several parts are put together. */
  usage(): Usage | undefined
  /** What the provider says that it costs, USD; only from dialects that tell. */
  costUsd(): number | undefined
  /** Parts that could not be parsed, so far. */
  malformedCount(): number
  readonly upstreamRequestId: string | undefined
  /** Sampling hints that this dialect does not take and that were left out. */
  readonly droppedParams: readonly string[]
  /** Status and headers of the provider's answer. */
  readonly head: { readonly status: number; readonly headers: Headers }
}
