import type { Dispatcher } from 'undici'
import type { TransportConfig } from './provider-config.ts'
import { createAgents, type Agents } from './transport-agents.ts'
import type { Transport, TransportInit } from './transport-contract.ts'
import { closedError, TransportError } from './transport-error.ts'
import { Exchange, type ExchangeOptions } from './transport-exchange.ts'
import { readRequest, takeRequest } from './transport-request.ts'

/** The fast transport: undici's pool, and around it nothing that the client does not read. */
export function createUndiciTransport(config: TransportConfig): Transport {
  let isClosed = false
  let agents: Agents | undefined
  const loading = import('undici').then((undici) => createAgents(undici, config)).catch(notLoaded)
  // Requests await `loading` themselves and fail with its error; until one does, it must not count as unhandled.
  loading.catch(() => undefined)

  async function send(input: string | URL | Request, init: TransportInit = {}): Promise<Response> {
    const request = takeRequest(input, init) ?? (await readRequest(input, init))
    agents ??= await loading
    if (isClosed) throw closedError(false)
    const parts = {
      request,
      responseMaxBytes: config.responseMaxBytes,
      delivery: init.delivery,
      isStreamWanted: init.isStreamWanted === true,
    }
    const response = (await exchange(agents.pooled, parts)) ?? (await again(agents, parts))
    init.delivery?.onHeaders?.(response.headers)
    return response
  }

  function again(known: Agents, parts: ExchangeParts): Promise<Response> {
    if (isClosed) throw closedError(true)
    return exchangeAgain(known.fresh(), parts)
  }

  async function close(): Promise<void> {
    isClosed = true
    // When undici could not even be loaded, there is nothing to close.
    const loaded = await loading.catch(() => undefined)
    await loaded?.destroy()
  }

  return { fetch: send, close }
}

/** The error that undici, or the loader, threw is left out: it names paths of this machine. */
function notLoaded(): never {
  const message = 'undici could not be loaded, or did not take the options of the transport.'
  throw new TransportError({ code: 'undici-unavailable', message, wasSent: false })
}

type ExchangeParts = Pick<ExchangeOptions, 'request' | 'responseMaxBytes' | 'delivery' | 'isStreamWanted'>

/** Resolves to undefined when the socket was closed while idle, so that nobody has seen the request. */
function exchange(dispatcher: Dispatcher, parts: ExchangeParts): Promise<Response | undefined> {
  return new Promise((resolve, reject) => {
    const onIdleClose = (): void => resolve(undefined)
    new Exchange({ ...parts, resolve, reject, onIdleClose }).start(dispatcher)
  })
}

/** The one resend. It is awaited by the sender, not started in a socket's event, so that it runs in the sender's async context. */
function exchangeAgain(dispatcher: Dispatcher, parts: ExchangeParts): Promise<Response> {
  return new Promise((resolve, reject) => {
    new Exchange({ ...parts, resolve, reject, onIdleClose: undefined }).start(dispatcher)
  })
}
