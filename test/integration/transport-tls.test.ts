import https from 'node:https'
import http2 from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { APIConnectionError, APIConnectionTimeoutError } from 'openai'
import { describe, expect, test } from 'vitest'
import {
  answerJson,
  chatParams,
  clientOf,
  completion,
  openTransport,
  rejectionOf,
  transportErrorOf,
} from './support/transport-client.ts'
import { listen, rawUpstream, testTls } from './support/transport-servers.ts'
import net from 'node:net'

async function httpsUpstream(options: https.ServerOptions = {}): Promise<{ port: number; url: string }> {
  const server = https.createServer({ ...testTls, ...options }, (req, res) => {
    const socket = req.socket as TLSSocket
    answerJson(res, {
      ...completion,
      id: String(socket.getPeerCertificate().subject?.CN ?? 'no certificate'),
    })
  })
  const port = await listen(server)
  return { port, url: `https://127.0.0.1:${port}` }
}

describe('TLS', () => {
  test('a certificate of an unknown authority is refused before anything is sent', async () => {
    const upstream = await httpsUpstream()
    const error = await transportErrorOf(openTransport().fetch(upstream.url))
    expect(error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', wasSent: false })
  })

  test('the global fetch tells the same', async () => {
    const upstream = await httpsUpstream()
    const error = await transportErrorOf(openTransport({ kind: 'fetch' }).fetch(upstream.url))
    expect(error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', wasSent: false })
  })

  test.each([
    ['one', testTls.cert],
    ['a list', [testTls.cert.toString()]],
  ])('an own authority (%s) is trusted', async (_how, ca) => {
    const upstream = await httpsUpstream()
    const client = clientOf(openTransport({ tls: { ca } }), upstream.url)
    expect(await client.chat.completions.create(chatParams)).toMatchObject({ object: 'chat.completion' })
  })

  test('rejectUnauthorized: false trusts everybody', async () => {
    const upstream = await httpsUpstream()
    const response = await openTransport({ tls: { rejectUnauthorized: false } }).fetch(upstream.url)
    expect(response.status).toBe(200)
  })

  test('the certificate must be made out to the name', async () => {
    const upstream = await httpsUpstream()
    const wrong = openTransport({ tls: { ca: testTls.cert, servername: 'elsewhere.test' } })
    const error = await transportErrorOf(wrong.fetch(upstream.url))
    expect(error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', wasSent: false })
    const right = openTransport({ tls: { ca: testTls.cert, servername: 'provider.test' } })
    expect((await right.fetch(upstream.url)).status).toBe(200)
  })

  test('a client certificate is shown', async () => {
    const upstream = await httpsUpstream({ requestCert: true, ca: [testTls.cert] })
    const tls = { ca: testTls.cert, cert: testTls.cert, key: testTls.key }
    const response = await openTransport({ tls }).fetch(upstream.url)
    expect(await response.json()).toMatchObject({ id: 'express-llm test' })
  })

  test('a server that offers HTTP/2 is spoken to in HTTP/1.1', async () => {
    const server = http2.createSecureServer({ ...testTls, allowHTTP1: true }, (req, res) => {
      res.end(JSON.stringify({ version: req.httpVersion }))
    })
    const port = await listen(server)
    const response = await openTransport({ tls: { ca: testTls.cert } }).fetch(`https://127.0.0.1:${port}`)
    expect(await response.json()).toEqual({ version: '1.1' })
  })

  test('plain text from a server where TLS was expected is not told as sent', async () => {
    const port = await listen(
      net.createServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('HTTP/1.1 400\r\n\r\n'),
      ),
    )
    const error = await transportErrorOf(openTransport().fetch(`https://127.0.0.1:${port}`))
    expect(error.wasSent).toBe(false)
    expect(error.code).not.toBe('unknown')
  })
})

describe('a connection that is not made in time', () => {
  test('fails as not sent, and reaches the caller as a connection error, not as a slow answer', async () => {
    // Takes the connection and never says a word of TLS.
    const upstream = await rawUpstream(() => {})
    const client = clientOf(openTransport({ connectTimeoutMs: 50 }), `https://127.0.0.1:${upstream.port}`)
    const error = await rejectionOf(client.chat.completions.create(chatParams))
    expect(error).toBeInstanceOf(APIConnectionError)
    expect(error).not.toBeInstanceOf(APIConnectionTimeoutError)
    expect(error).toMatchObject({ cause: { code: 'UND_ERR_CONNECT_TIMEOUT', wasSent: false } })
  })

  test('can be aborted while it is being made', async () => {
    const aborter = new AbortController()
    const reason = new Error('enough')
    const server = net.createServer((socket) => {
      socket.on('error', () => {}).resume()
      aborter.abort(reason)
    })
    const port = await listen(server)
    const sending = openTransport().fetch(`https://127.0.0.1:${port}`, { signal: aborter.signal })
    expect(await rejectionOf(sending)).toBe(reason)
  })
})
