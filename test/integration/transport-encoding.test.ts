import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { toRealResponse } from '../../src/providers/transport.ts'
import {
  chatParams,
  clientOf,
  completion,
  openTransport,
  transportErrorOf,
} from './support/transport-client.ts'
import { httpUpstream } from './support/transport-servers.ts'

const plain = JSON.stringify(completion)

const encoded: readonly [string, Buffer][] = [
  ['gzip', zlib.gzipSync(plain)],
  ['X-GZIP', zlib.gzipSync(plain)],
  ['deflate', zlib.deflateSync(plain)],
  ['br', zlib.brotliCompressSync(plain)],
  ['zstd', zlib.zstdCompressSync(plain)],
  ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(plain))],
  ['identity', Buffer.from(plain)],
]

async function serve(encoding: string, body: Buffer, status = 200): Promise<string> {
  const upstream = await httpUpstream((_req, res) => {
    res.writeHead(status, { 'content-type': 'application/json', 'content-encoding': encoding })
    res.end(body)
  })
  return upstream.url
}

test('asks for a plain answer', async () => {
  const upstream = await httpUpstream((req, res) => res.end(req.headers['accept-encoding']))
  const headers = { 'accept-encoding': 'gzip' }
  const response = await openTransport().fetch(upstream.url, { headers })
  expect(await response.text()).toBe('identity')
})

describe.each(['undici', 'fetch'] as const)('transport %s', (kind) => {
  // The global fetch of Node 22 does not know zstd; it does not ask for it either.
  const known = encoded.filter(([encoding]) => kind === 'undici' || encoding !== 'zstd')

  test.each(known)('an answer in %s is decoded all the same', async (encoding, body) => {
    const client = clientOf(openTransport({ kind }), await serve(encoding, body))
    expect(await client.chat.completions.create(chatParams)).toEqual(completion)
  })

  test('so is an error', async () => {
    const url = await serve('gzip', zlib.gzipSync('{"error":{"code":"bad"}}'), 400)
    const response = await openTransport({ kind }).fetch(url)
    expect(await response.json()).toEqual({ error: { code: 'bad' } })
  })

  test('a small answer that unpacks to more than the maximum is refused', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(20_000_000))
    const transport = openTransport({ kind, responseMaxBytes: 1_000_000 })
    const error = await transportErrorOf(transport.fetch(await serve('gzip', bomb)))
    expect(error).toMatchObject({ code: 'response-too-large', wasSent: true })
  })

  test('a decoded answer, made a real Response, no longer says how it was packed', async () => {
    const body = zlib.gzipSync(plain)
    const upstream = await httpUpstream((_req, res) => {
      res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body)
    })
    const { headers } = toRealResponse(await openTransport({ kind }).fetch(upstream.url))
    expect([headers.get('content-encoding'), headers.get('content-length')]).toEqual([null, null])
  })

  test('a compressed event stream is decoded as it comes', async () => {
    const upstream = await httpUpstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      const gzip = zlib.createGzip()
      gzip.pipe(res)
      gzip.write('data: 1\n\n')
      // The end is never sent: what is read below was decoded before it.
      gzip.flush(zlib.constants.Z_SYNC_FLUSH)
    })
    const response = await openTransport({ kind }).fetch(upstream.url)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect(await reader?.read()).toMatchObject({ value: 'data: 1\n\n' })
    await reader?.cancel()
  })
})

test('deflate without its envelope, as some servers send it, is decoded', async () => {
  const response = await openTransport().fetch(await serve('deflate', zlib.deflateRawSync(plain)))
  expect(await response.json()).toEqual(completion)
})

test.each([
  ['bytes that do not decode', 'gzip', Buffer.from('not gzip at all')],
  ['bytes that stop too early', 'gzip', zlib.gzipSync(plain).subarray(0, -12)],
  ['an encoding that nobody knows', 'compress', Buffer.from(plain)],
  ['encodings piled up', 'gzip, gzip, gzip, gzip', Buffer.from(plain)],
])('%s are an error of their own', async (_what, encoding, body) => {
  const error = await transportErrorOf(openTransport().fetch(await serve(encoding, body)))
  expect(error).toMatchObject({ code: 'bad-encoding', wasSent: true })
})

test('also when the answer is an event stream', async () => {
  const upstream = await httpUpstream((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'compress' }).write('x')
  })
  const error = await transportErrorOf(openTransport().fetch(upstream.url))
  expect(error).toMatchObject({ code: 'bad-encoding', wasSent: true })
})
