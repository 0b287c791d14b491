import { TIMER_MAX_MS } from '../core/clock.ts'
import type { SendOptions } from '../core/adapter.ts'
import type { TransportInit } from './transport-contract.ts'

/** What the client's methods take beside a body. */
export interface ClientRequest {
  readonly signal: AbortSignal
  readonly timeout: number
  readonly headers?: Record<string, string>
  /** What the client hands to the transport unread. */
  readonly fetchOptions: Omit<TransportInit, 'body' | 'headers' | 'method' | 'signal'>
}

/** The client's own request options. An idempotency key becomes a header here: the client has no header for it. */
export function requestOptions(
  options: SendOptions,
  fetchOptions: ClientRequest['fetchOptions'],
): ClientRequest {
  const { signal, headers, idempotencyKey } = options
  const request = { signal, timeout: timerMs(options.timeoutMs), fetchOptions }
  if (headers === undefined && idempotencyKey === undefined) return request
  return {
    ...request,
    headers: { ...headers, ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }) },
  }
}

/** The client takes whole milliseconds. */
export function timerMs(timeoutMs: number): number {
  return Math.min(TIMER_MAX_MS, Math.max(1, Math.ceil(timeoutMs)))
}
