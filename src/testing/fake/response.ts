import type { StreamEvent } from './stream-events.ts'
import type { FakeUsage } from './usage.ts'

/** What goes back, as data: the HTTP server and the in-process `fetch` both act it out. */
export type FakeResponse =
  /** A whole answer; `after` says what becomes of the connection. */
  | (Head & {
      readonly kind: 'whole'
      readonly body: string
      readonly contentEncoding: ContentEncoding | undefined
      /** The tokens that the body reports. */
      readonly usage: FakeUsage | undefined
      /** False for every fault and refusal. */
      readonly isAnswer: boolean
      readonly after: AfterAnswer
    })
  | StreamResponse
  | { readonly kind: 'reset'; readonly delayMs: number }
  | { readonly kind: 'silence' }

/**
 * A body over time: a stream, or a whole answer that breaks off or is too long to be held at once. What its parts bring
 * (tokens, usage, the finish reason) is told when each goes out.
 */
export interface StreamResponse extends Head {
  readonly kind: 'stream'
  /** Can be read more than once. */
  readonly events: Iterable<StreamEvent>
  /** What comes after the last event. */
  readonly ending: StreamEnding
  /** Comments while it waits, each so many ms. */
  readonly keepAliveMs: number | undefined
  readonly after: AfterAnswer
}

/** `unterminated`: the connection is closed, but the body is not. `stall`: nothing, until the client goes. */
export type StreamEnding = 'close' | 'reset' | 'unterminated' | 'stall'

export type ContentEncoding = 'gzip' | 'deflate' | 'br'

export type AfterAnswer = 'keep' | 'close' | 'close-at-next-request'

interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Wait before the first byte, ms. */
  readonly delayMs: number
}

export interface WholeOptions {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly delayMs?: number
}

/** A whole answer that is a fault or a refusal. */
export function wholeFault(
  body: string | object,
  options: WholeOptions = {},
): FakeResponse & { kind: 'whole' } {
  const isText = typeof body === 'string'
  return {
    kind: 'whole',
    status: options.status ?? 200,
    headers: {
      'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
      ...options.headers,
    },
    body: isText ? body : JSON.stringify(body),
    delayMs: options.delayMs ?? 0,
    usage: undefined,
    isAnswer: false,
    contentEncoding: undefined,
    after: 'keep',
  }
}
