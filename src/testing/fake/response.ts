import type { FakeUsage } from './usage.ts'

/**
 * What goes back, as data: the HTTP server and the in-process `fetch` both act it out. Streams will be `chunks` with
 * pauses between them.
 */
export type FakeResponse =
  /** A whole answer; `after` says what becomes of the connection. */
  | (Head & {
      readonly kind: 'whole'
      readonly body: string
      readonly contentEncoding: ContentEncoding | undefined
      readonly after: AfterAnswer
    })
  /** Part of an answer whose content length promises more; then a reset, or nothing. */
  | (Head & {
      readonly kind: 'partial'
      readonly part: string
      readonly promisedBytes: number
      readonly ending: 'reset' | 'stall'
    })
  /** An answer in pieces, without a content length. */
  | (Head & { readonly kind: 'chunks'; readonly chunks: Iterable<string> })
  | { readonly kind: 'reset'; readonly delayMs: number }
  | { readonly kind: 'silence' }

export type ContentEncoding = 'gzip' | 'deflate' | 'br'

export type AfterAnswer = 'keep' | 'close' | 'close-at-next-request'

interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Wait before the first byte, ms. */
  readonly delayMs: number
  /** The tokens that the body reports. */
  readonly usage: FakeUsage | undefined
  /** False for every fault and refusal. */
  readonly isAnswer: boolean
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
