import { getEventListeners, once } from 'node:events'
import type http from 'node:http'
import net from 'node:net'
import { inspect } from 'node:util'
import { text } from 'node:stream/consumers'
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { describe, expect, test } from 'vitest'
import { toRealResponse } from '../../src/providers/transport.ts'
import {
  answerJson,
  chatParams,
  clientOf,
  completion,
  openTransport,
  rejectionOf,
  transportErrorOf,
} from './support/transport-client.ts'
import { httpUpstream, listen } from './support/transport-servers.ts'

/** Sends headers and half a body, and never the rest. */
function answerHalf(res: http.ServerResponse): void {
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
  res.write('{"id":"chatcmpl-1",')
}

describe.each(['undici', 'fetch'] as const)('transport %s', (kind) => {
  describe('through the openai client', () => {
    test('sends method, path, query, headers and body as given, and the answer comes back whole', async () => {
      const seen: { url?: string; headers?: http.IncomingHttpHeaders; body?: string } = {}
      const upstream = await httpUpstream(async (req, res) => {
        Object.assign(seen, { url: req.url, headers: req.headers, body: await text(req) })
        answerJson(res, completion)
      })
      const client = clientOf(openTransport({ kind }), upstream.url)
      const answer = await client.chat.completions.create(chatParams, {
        headers: { 'x-extra': 'ä' },
        query: { 'api-version': '1' },
        idempotencyKey: 'once',
      })
      expect(answer).toEqual(completion)
      expect(answer._request_id).toBe('req_1')
      expect(seen.url).toBe('/v1/chat/completions?api-version=1')
      expect(JSON.parse(seen.body ?? '')).toEqual(chatParams)
      expect(seen.headers).toMatchObject({ authorization: 'Bearer test-key', 'x-extra': 'ä' })
    })

    test('withResponse tells status, headers and request id', async () => {
      const upstream = await httpUpstream((_req, res) => answerJson(res, completion))
      const client = clientOf(openTransport({ kind }), upstream.url)
      const result = await client.chat.completions.create(chatParams).withResponse()
      expect(result.data).toEqual(completion)
      expect(result.request_id).toBe('req_1')
      expect(result.response.headers.get('Content-Type')).toBe('application/json')
      const real = toRealResponse(result.response)
      expect(real).toBeInstanceOf(Response)
      expect(real.url).toBe(`${upstream.url}/v1/chat/completions`)
      expect(await real.json()).toEqual(completion)
    })

    test('an error status arrives with its body and headers', async () => {
      const upstream = await httpUpstream((_req, res) => {
        res.setHeader('retry-after-ms', '1500')
        answerJson(res, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }, 429)
      })
      const client = clientOf(openTransport({ kind }), upstream.url)
      const error = await rejectionOf(client.chat.completions.create(chatParams))
      expect(error).toBeInstanceOf(APIError)
      expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', requestID: 'req_1' })
      expect((error as APIError).headers?.get('retry-after-ms')).toBe('1500')
    })

    test('after an error answer the socket is free for the next request', async () => {
      const upstream = await httpUpstream((_req, res) => {
        res.writeHead(500)
        res.end('x'.repeat(300_000))
      })
      const client = clientOf(openTransport({ kind }), upstream.url)
      for (let i = 0; i < 5; i++) {
        expect(await rejectionOf(client.chat.completions.create(chatParams))).toMatchObject({ status: 500 })
      }
      // Two, not one: undici lets a socket rest for a turn of the event loop before it is used again.
      expect(upstream.connections.length).toBeLessThanOrEqual(2)
    })

    test('streams server-sent events as they come', async () => {
      const chunkOf = (content: string): string =>
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
      let sendRest: (() => void) | undefined
      const upstream = await httpUpstream((_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
        res.write(chunkOf('one'))
        sendRest = () => res.end(`${chunkOf('two')}data: [DONE]\n\n`)
      })
      const client = clientOf(openTransport({ kind }), upstream.url)
      const stream = await client.chat.completions.create({ ...chatParams, stream: true })
      const contents: (string | null | undefined)[] = []
      for await (const chunk of stream) {
        contents.push(chunk.choices[0]?.delta.content)
        // The second chunk is sent only after the first has been read: nothing waits for the end.
        sendRest?.()
        sendRest = undefined
      }
      expect(contents).toEqual(['one', 'two'])
    })

    test('a stream that has ended leaves its socket for the next request', async () => {
      const upstream = await httpUpstream((_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n')
      })
      const client = clientOf(openTransport({ kind }), upstream.url)
      for (let i = 0; i < 5; i++) {
        const stream = await client.chat.completions.create({ ...chatParams, stream: true })
        for await (const chunk of stream) expect(chunk).toBeUndefined()
      }
      expect(upstream.connections.length).toBeLessThanOrEqual(2)
    })

    test('breaking off a stream closes the socket', async () => {
      const gone = Promise.withResolvers<void>()
      const upstream = await httpUpstream((_req, res) => {
        res.on('close', gone.resolve)
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        res.write('data: {"choices":[]}\n\n')
      })
      const client = clientOf(openTransport({ kind }), upstream.url)
      const stream = await client.chat.completions.create({ ...chatParams, stream: true })
      for await (const _chunk of stream) break
      await expect(gone.promise).resolves.toBeUndefined()
    })

    test.each(['before the headers', 'in the middle of the body'])(
      'a timeout %s ends the request and closes the socket',
      async (when) => {
        const gone = Promise.withResolvers<void>()
        const upstream = await httpUpstream((_req, res) => {
          res.on('close', gone.resolve)
          if (when !== 'before the headers') answerHalf(res)
        })
        const client = clientOf(openTransport({ kind }), upstream.url)
        const error = await rejectionOf(client.chat.completions.create(chatParams, { timeout: 50 }))
        expect(error).toBeInstanceOf(APIConnectionTimeoutError)
        await gone.promise
      },
    )

    test("the caller's abort reaches the caller with its reason", async () => {
      const reason = new Error('client went away')
      const aborter = new AbortController()
      const upstream = await httpUpstream((_req, res) => {
        answerHalf(res)
        aborter.abort(reason)
      })
      const client = clientOf(openTransport({ kind }), upstream.url)
      const call = client.chat.completions.create(chatParams, { signal: aborter.signal })
      const error = await rejectionOf(call)
      expect(error).toBeInstanceOf(APIUserAbortError)
      expect(error).toMatchObject({ cause: reason })
    })

    test('a failed connection is an APIConnectionError whose cause says that nothing was sent', async () => {
      const client = clientOf(openTransport({ kind }), `http://127.0.0.1:${await unusedPort()}`)
      const error = await rejectionOf(client.chat.completions.create(chatParams))
      expect(error).toBeInstanceOf(APIConnectionError)
      expect(error).not.toBeInstanceOf(APIConnectionTimeoutError)
      expect(error).toMatchObject({ cause: { code: 'ECONNREFUSED', wasSent: false } })
    })

    test('an oversized answer is an APIConnectionError with a typed cause', async () => {
      const upstream = await httpUpstream((_req, res) =>
        answerJson(res, { ...completion, id: 'x'.repeat(200) }),
      )
      const client = clientOf(openTransport({ kind, responseMaxBytes: 200 }), upstream.url)
      const error = await transportErrorOf(client.chat.completions.create(chatParams))
      expect(error).toMatchObject({ code: 'response-too-large', wasSent: true })
    })
  })

  describe('by itself', () => {
    test('a redirect is an answer like any other: the key does not travel', async () => {
      let visits = 0
      const elsewhere = await httpUpstream((_req, res) => {
        visits++
        res.end()
      })
      const upstream = await httpUpstream((_req, res) => {
        res.writeHead(307, { location: `${elsewhere.url}/v1` }).end('moved')
      })
      const transport = openTransport({ kind })
      const response = await transport.fetch(upstream.url, {
        method: 'POST',
        headers: { authorization: 'Bearer test-key' },
        body: '{}',
      })
      expect(response).toMatchObject({ status: 307, ok: false })
      expect(response.headers.get('location')).toBe(`${elsewhere.url}/v1`)
      expect(await response.text()).toBe('moved')
      expect(visits).toBe(0)
      const failure = await rejectionOf(clientOf(transport, upstream.url).chat.completions.create(chatParams))
      expect(failure).toMatchObject({ status: 307 })
    })

    test.each([204, 304])('an answer without a body (%i) becomes a real Response', async (status) => {
      const upstream = await httpUpstream((_req, res) => res.writeHead(status).end())
      const response = await openTransport({ kind }).fetch(upstream.url)
      expect(await response.text()).toBe('')
      expect(toRealResponse(response)).toMatchObject({ status, body: null })
    })

    test('a body that announces too much is refused before it comes', async () => {
      const gone = Promise.withResolvers<void>()
      const upstream = await httpUpstream((_req, res) => {
        res.on('close', gone.resolve)
        res.writeHead(200, { 'content-length': 2_000 })
        res.write('x'.repeat(1_500))
      })
      const error = await transportErrorOf(
        openTransport({ kind, responseMaxBytes: 1_000 }).fetch(upstream.url),
      )
      expect(error).toMatchObject({ code: 'response-too-large', wasSent: true })
      await gone.promise
    })

    test('an endless body is cut at the maximum, one of exactly the maximum is taken', async () => {
      const gone = Promise.withResolvers<void>()
      const upstream = await httpUpstream((req, res) => {
        if (req.url === '/exact') return void res.end('x'.repeat(100_000))
        res.on('close', gone.resolve)
        const more = (): void => void (res.destroyed || res.write('x'.repeat(10_000), more))
        more()
      })
      const transport = openTransport({ kind, responseMaxBytes: 100_000 })
      const error = await transportErrorOf(transport.fetch(`${upstream.url}/endless`))
      expect(error).toMatchObject({ code: 'response-too-large', wasSent: true })
      await gone.promise
      const exact = await transport.fetch(`${upstream.url}/exact`)
      expect(await exact.text()).toHaveLength(100_000)
    })

    test('a long event stream arrives whole, however slowly it is read', async () => {
      const event = `data: ${'x'.repeat(100_000)}\n\n`
      const upstream = await httpUpstream((_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' }).end(event.repeat(50))
      })
      const response = await openTransport({ kind }).fetch(upstream.url)
      let length = 0
      for await (const chunk of response.body ?? []) {
        length += chunk.length
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(length).toBe(event.length * 50)
    })

    test('an event stream longer than the maximum breaks', async () => {
      const upstream = await httpUpstream((_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        const more = (): void => void (res.destroyed || res.write(`data: ${'x'.repeat(1_000)}\n\n`, more))
        more()
      })
      const response = await openTransport({ kind, responseMaxBytes: 100_000 }).fetch(upstream.url)
      expect(await transportErrorOf(response.text())).toMatchObject({ code: 'response-too-large' })
    })

    test('an aborted signal keeps the request from being sent', async () => {
      const upstream = await httpUpstream((_req, res) => res.end())
      const reason = new Error('too late')
      const sending = openTransport({ kind }).fetch(upstream.url, { signal: AbortSignal.abort(reason) })
      expect(await rejectionOf(sending)).toBe(reason)
      expect(upstream.connections).toHaveLength(0)
    })

    test.each(['before the headers', 'in the middle of the body'])(
      'an abort %s throws its own reason, whatever that is, and closes the socket at once',
      async (when) => {
        const aborter = new AbortController()
        const gone = Promise.withResolvers<void>()
        const upstream = await httpUpstream((_req, res) => {
          res.on('close', gone.resolve)
          if (when !== 'before the headers') answerHalf(res)
          aborter.abort('a string')
        })
        const sending = openTransport({ kind }).fetch(upstream.url, { signal: aborter.signal })
        expect(await rejectionOf(sending)).toBe('a string')
        await gone.promise
      },
    )

    test.each([
      ['with data at hand', 'data: 1\n\n'.repeat(10_000)],
      ['while it is silent', ': wait\n\n'],
    ])('cancelling a stream %s closes the socket, and throws nothing', async (_when, events) => {
      const gone = Promise.withResolvers<void>()
      const upstream = await httpUpstream((_req, res) => {
        res.on('close', gone.resolve)
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        res.write(events)
      })
      const { signal } = new AbortController()
      const response = await openTransport({ kind }).fetch(upstream.url, { signal })
      const reader = response.body?.getReader()
      await reader?.read()
      await reader?.cancel('enough')
      await gone.promise
      expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    })

    test('an abort of a stream breaks it with the reason', async () => {
      const aborter = new AbortController()
      const gone = Promise.withResolvers<void>()
      const upstream = await httpUpstream((_req, res) => {
        res.on('close', gone.resolve)
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        res.write('data: 1\n\n')
      })
      const response = await openTransport({ kind }).fetch(upstream.url, { signal: aborter.signal })
      const reason = new Error('enough')
      const reading = response.text()
      aborter.abort(reason)
      expect(await rejectionOf(reading)).toBe(reason)
      await gone.promise
    })

    test('a connection that breaks in the body is told as sent', async () => {
      const upstream = await httpUpstream((_req, res) => {
        answerHalf(res)
        res.once('drain', () => {})
        setImmediate(() => res.destroy())
      })
      const error = await transportErrorOf(openTransport({ kind }).fetch(upstream.url))
      expect(error).toMatchObject({ code: 'UND_ERR_SOCKET', wasSent: true })
    })

    test('a name that does not resolve is told as not sent', async () => {
      const error = await transportErrorOf(openTransport({ kind }).fetch('http://no-such-host.invalid/v1'))
      expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(error.code)
      expect(error.wasSent).toBe(false)
    })

    test('something that is no HTTP is told as sent, and not repeated in the error', async () => {
      const port = await listen(
        net.createServer((socket) =>
          socket
            .on('error', () => {})
            .resume()
            .end('SSH-2.0-x\r\n'),
        ),
      )
      const error = await transportErrorOf(openTransport({ kind }).fetch(`http://127.0.0.1:${port}`))
      expect(error).toMatchObject({ code: 'bad-http', wasSent: true })
      expect(inspect(error)).not.toContain('SSH')
    })

    test('a form is sent with its boundary', async () => {
      const upstream = await httpUpstream(async (req, res) => {
        answerJson(res, { type: req.headers['content-type'], body: await text(req) })
      })
      const form = new FormData()
      form.set('name', 'value')
      const response = await openTransport({ kind }).fetch(upstream.url, { method: 'POST', body: form })
      const seen = (await response.json()) as { type: string; body: string }
      expect(seen.type).toMatch(/^multipart\/form-data; boundary=/)
      expect(seen.body).toContain('name="name"\r\n\r\nvalue')
    })

    test('a signal that outlives many requests holds none of them', async () => {
      const upstream = await httpUpstream((_req, res) => res.end('{}'))
      const transport = openTransport({ kind })
      const { signal } = new AbortController()
      for (let i = 0; i < 5; i++) await transport.fetch(upstream.url, { signal })
      await transportErrorOf(transport.fetch(`http://127.0.0.1:${await unusedPort()}`, { signal }))
      expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    })

    test('close fails what is under way and refuses what comes later', async () => {
      const arrived = Promise.withResolvers<void>()
      const upstream = await httpUpstream(() => arrived.resolve())
      const transport = openTransport({ kind })
      const failure = transportErrorOf(transport.fetch(upstream.url))
      await arrived.promise
      const [socket] = upstream.connections
      const closed = once(socket!, 'close')
      await transport.close()
      expect(await failure).toMatchObject({ code: 'closed', wasSent: true })
      await closed
      expect(await transportErrorOf(transport.fetch(upstream.url))).toMatchObject({
        code: 'closed',
        wasSent: false,
      })
      await transport.close()
    })
  })
})

/** A port that nothing listens on. */
async function unusedPort(): Promise<number> {
  const server = net.createServer()
  const port = await listen(server)
  server.close()
  return port
}
