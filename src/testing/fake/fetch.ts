import { connectionReset, streamBody } from './fetch-body.ts'
import type { FakeExchange } from './log.ts'
import type { FakeProviderOptions } from './options.ts'
import { parseFakeOptions } from './options.ts'
import type { RawFakeRequest } from './request.ts'
import type { FakeResponse } from './response.ts'
import type { FakeControls, FakeService } from './service.ts'
import { createFakeService } from './service.ts'

/** A fake provider without a server. */
export interface FakeFetch extends FakeControls {
  /**
   * A WHATWG `fetch` that the fake answers in process, whatever the URL's host. Faults look as the global `fetch` shows
   * them: `TypeError` with a `cause` that has the socket's code.
   */
  readonly fetch: typeof fetch
}

/**
 * The same fake as {@link createFakeProvider}, in process: for whatever takes a `fetch`.
 *
 * @example
 * const fake = createFakeFetch({ answer: 'Paris.' })
 * const client = new OpenAI({ apiKey: 'test', fetch: fake.fetch })
 *
 * @throws LlmError `config_invalid`
 */
export function createFakeFetch(options: FakeProviderOptions = {}): FakeFetch {
  const service = createFakeService(parseFakeOptions(options))
  return Object.assign(service, { fetch: inProcessFetch((raw) => service.receive(raw)) })
}

/** A `fetch` that acts out in process what `receive` decides. */
export function inProcessFetch(receive: FakeService['receive']): typeof fetch {
  return async (input, init) => {
    // Taken from where the caller put it: a Request's own copy of a signal may be collected as garbage.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    signal?.throwIfAborted()
    // Without it: the Request would listen to the signal for as long as that lives.
    const raw = await rawRequest(new Request(input, { ...init, signal: null }))
    const { exchange, response } = receive(raw)
    return perform(response, exchange, signal)
  }
}

async function rawRequest(request: Request): Promise<RawFakeRequest> {
  const { pathname, search } = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  return {
    method: request.method,
    path: pathname + search,
    headers,
    body: await request.text(),
    socketId: undefined,
  }
}

type Signal = AbortSignal | undefined

async function perform(response: FakeResponse, exchange: FakeExchange, signal: Signal): Promise<Response> {
  const nothing = { status: undefined, usage: undefined, isAnswer: false }
  if (response.kind === 'silence') {
    exchange.sent(nothing)
    return hungUp(exchange, signal)
  }
  if (response.delayMs > 0) await pause(response.delayMs, exchange, signal)
  if (response.kind === 'reset') {
    exchange.sent(nothing)
    throw new TypeError('fetch failed', { cause: connectionReset() })
  }
  const { status, headers } = response
  if (response.kind === 'stream') {
    return new Response(streamBody(response, exchange, signal), { status, headers })
  }
  exchange.sent(response)
  // A Response with these statuses must have no body at all.
  return new Response([204, 205, 304].includes(status) ? null : response.body, { status, headers })
}

/** Never resolves; rejects with the signal's reason when the client gives up. */
function hungUp(exchange: FakeExchange, signal: Signal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = () => {
      exchange.clientClosed()
      reject(signal?.reason)
    }
    if (signal?.aborted) giveUp()
    else signal?.addEventListener('abort', giveUp, { once: true })
  })
}

async function pause(delayMs: number, exchange: FakeExchange, signal: Signal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const giveUp = () => {
      clearTimeout(timer)
      exchange.clientClosed()
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', giveUp)
      resolve()
    }, delayMs)
    signal?.addEventListener('abort', giveUp, { once: true })
  })
}
