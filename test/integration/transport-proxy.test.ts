import { getEventListeners } from 'node:events'
import https from 'node:https'
import { describe, expect, test, vi } from 'vitest'
import {
  answerJson,
  chatParams,
  clientOf,
  completion,
  openTransport,
  rejectionOf,
  transportErrorOf,
} from './support/transport-client.ts'
import { startProxy } from './support/transport-proxies.ts'
import { httpUpstream, listen, rawAnswer, rawUpstream, testTls } from './support/transport-servers.ts'

const trusting = { tls: { ca: testTls.cert } }

async function httpsPort(): Promise<number> {
  return listen(https.createServer(testTls, (_req, res) => answerJson(res, completion)))
}

describe('a proxy', () => {
  test('an https provider is reached through a tunnel, so that the proxy sees neither key nor prompt', async () => {
    const proxy = await startProxy()
    const port = await httpsPort()
    const transport = openTransport({ ...trusting, proxyUrl: proxy.url })
    const client = clientOf(transport, `https://provider.test:${port}`)
    expect(await client.chat.completions.create(chatParams)).toEqual(completion)
    expect(proxy.seen).toEqual([`CONNECT provider.test:${port}`])
    expect(JSON.stringify(proxy.requestHeaders)).not.toContain('test-key')
  })

  test('a tunnel is used again', async () => {
    const proxy = await startProxy()
    const port = await httpsPort()
    const transport = openTransport({ ...trusting, proxyUrl: proxy.url, connections: 1 })
    for (let i = 0; i < 3; i++) await transport.fetch(`https://provider.test:${port}/`)
    expect(proxy.seen).toHaveLength(1)
  })

  test('a tunnel that was closed while idle is replaced, and the request goes out once more', async () => {
    const proxy = await startProxy()
    const upstream = await rawUpstream(
      ({ socket, connection, request }) =>
        void (connection === 1 && request === 2 ? socket.destroy() : socket.write(rawAnswer({ connection }))),
      { isTls: true },
    )
    const transport = openTransport({ ...trusting, proxyUrl: proxy.url })
    const url = `https://provider.test:${upstream.port}/`
    await transport.fetch(url)
    await new Promise((resolve) => setImmediate(resolve))
    const response = await transport.fetch(url)
    expect(await response.json()).toEqual({ connection: 2 })
    expect(proxy.seen).toHaveLength(2)
    expect(upstream.requests).toHaveLength(3)
  })

  test('an http provider is reached with an absolute URL', async () => {
    const proxy = await startProxy()
    const upstream = await httpUpstream((req, res) =>
      answerJson(res, { ...completion, id: req.headers.host }),
    )
    const client = clientOf(openTransport({ proxyUrl: proxy.url }), `http://provider.test:${upstream.port}`)
    const answer = await client.chat.completions.create(chatParams)
    expect(answer.id).toBe(`provider.test:${upstream.port}`)
    expect(proxy.seen).toEqual([`POST http://provider.test:${upstream.port}/v1/chat/completions`])
  })

  test("the proxy URL's user and password go to the proxy", async () => {
    const proxy = await startProxy()
    const port = await httpsPort()
    const proxyUrl = `http://user:pass%40word@127.0.0.1:${proxy.port}`
    await openTransport({ ...trusting, proxyUrl }).fetch(`https://provider.test:${port}/`)
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from('user:pass@word').toString('base64')}`])
  })

  test.each([
    ['a tunnel', 'https://provider.test/', false],
    ['a forwarded request', 'http://provider.test/', true],
  ])('that refuses %s is told apart from a provider that refuses', async (_what, url, wasSent) => {
    const proxy = await startProxy({ refuseWith: 407 })
    const error = await transportErrorOf(openTransport({ proxyUrl: proxy.url }).fetch(url))
    expect(error).toMatchObject({ code: 'proxy-refused', wasSent })
    expect(proxy.seen).toHaveLength(1)
  })

  test('that is not there fails as not sent', async () => {
    const error = await transportErrorOf(
      openTransport({ proxyUrl: 'http://127.0.0.1:1' }).fetch('https://provider.test/'),
    )
    expect(error).toMatchObject({ code: 'ECONNREFUSED', wasSent: false })
  })

  test('that takes the connection and keeps silent fails in the time for connecting', async () => {
    const proxy = await rawUpstream(() => {})
    const transport = openTransport({ proxyUrl: proxy.url, connectTimeoutMs: 50 })
    const error = await transportErrorOf(transport.fetch('https://provider.test/'))
    expect(error).toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT', wasSent: false })
  })

  test('a request that names its own proxy password is refused before it is sent', async () => {
    const proxy = await startProxy()
    const { signal } = new AbortController()
    const headers = { 'proxy-authorization': 'Basic c2VjcmV0' }
    const sending = openTransport({ proxyUrl: proxy.url }).fetch('http://provider.test/', { headers, signal })
    expect(await transportErrorOf(sending)).toMatchObject({ code: 'UND_ERR_INVALID_ARG', wasSent: false })
    expect(proxy.seen).toEqual([])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('an abort reaches the provider through the tunnel', async () => {
    const gone = Promise.withResolvers<void>()
    const aborter = new AbortController()
    const reason = new Error('enough')
    const server = https.createServer(testTls, (_req, res) => {
      res.on('close', gone.resolve)
      aborter.abort(reason)
    })
    const port = await listen(server)
    const proxy = await startProxy()
    const transport = openTransport({ ...trusting, proxyUrl: proxy.url })
    const sending = transport.fetch(`https://provider.test:${port}/`, { signal: aborter.signal })
    expect(await rejectionOf(sending)).toBe(reason)
    await gone.promise
  })
})

describe('the environment that the config hands over', () => {
  test('HTTPS_PROXY and HTTP_PROXY are used, but not for the hosts of NO_PROXY', async () => {
    const [httpProxy, httpsProxy] = [await startProxy(), await startProxy()]
    const upstream = await httpUpstream((_req, res) => answerJson(res, {}))
    const port = await httpsPort()
    const transport = openTransport({
      ...trusting,
      proxyEnvironment: {
        httpProxy: httpProxy.url,
        httpsProxy: httpsProxy.url,
        noProxy: 'other.test,127.0.0.1',
      },
    })
    await transport.fetch(`http://provider.test:${upstream.port}/`)
    await transport.fetch(`https://provider.test:${port}/`)
    await transport.fetch(`${upstream.url}/direct`)
    expect(httpProxy.seen).toEqual([`GET http://provider.test:${upstream.port}/`])
    expect(httpsProxy.seen).toEqual([`CONNECT provider.test:${port}`])
  })

  test("the process's own variables are not looked at", async () => {
    const proxy = await startProxy()
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy']) vi.stubEnv(name, proxy.url)
    vi.stubEnv('NO_PROXY', '*')
    const upstream = await httpUpstream((_req, res) => answerJson(res, {}))
    expect((await openTransport().fetch(upstream.url)).status).toBe(200)
    const other = await startProxy()
    const viaOther = openTransport({ proxyEnvironment: { httpsProxy: other.url } })
    expect((await viaOther.fetch(upstream.url)).status).toBe(200)
    const port = await httpsPort()
    const viaHttp = openTransport({ ...trusting, proxyEnvironment: { httpProxy: other.url } })
    expect((await viaHttp.fetch(upstream.url)).status).toBe(200)
    expect((await viaHttp.fetch(`https://provider.test:${port}/`)).status).toBe(200)
    expect(proxy.seen).toEqual([])
    expect(other.seen).toEqual([`GET ${upstream.url}/`, `CONNECT provider.test:${port}`])
  })
})
