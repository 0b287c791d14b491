import type { HeaderReader } from './retry-after.ts'

/** Told by the transport while a request is under way, because an abort or a timeout does not carry it out. */
export interface Delivery {
  /** Has a byte of the request left? True too where nobody can tell. */
  isSent: boolean
  /** Called when it leaves, where anybody knows. */
  readonly onSent?: (() => void) | undefined
  /** Called with the headers of the answer, whatever its status. */
  readonly onHeaders?: ((headers: HeaderReader) => void) | undefined
}

/** What a request may bring beside the words of `fetch`. */
export interface TransportInit extends RequestInit {
  readonly delivery?: Delivery
  /** An event stream is what is asked for: it is handed over as it comes even where the answer does not call it one. */
  readonly isStreamWanted?: boolean
}

/** A `fetch` as the `openai` client takes it; through its `fetchOptions`, a call's own `delivery` gets here. */
export type TransportFetch = (input: string | URL | Request, init?: TransportInit) => Promise<Response>

/** How bytes get to providers and back; one per router, shared by all its provider clients. */
export interface Transport {
  /**
   * Sends one request. The promise settles when the whole answer is here (headers only, when the answer is an event
   * stream), so that aborting `init.signal` ends it at any point before.
   *
   * Redirects are not followed: a 3xx is an answer like any other, and the key does not travel on.
   *
   * @throws {TransportError} when the bytes did not get through; the reason of `init.signal` when that aborted
   */
  readonly fetch: TransportFetch
  /** Ends all sockets. Requests under way fail with `closed`. */
  close(): Promise<void>
}
