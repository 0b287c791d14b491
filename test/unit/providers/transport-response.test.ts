import { describe, expect, test } from 'vitest'
import { AnswerHeaders, type RawHeaders } from '../../../src/providers/transport-headers.ts'
import { BufferedResponse, isEventStream } from '../../../src/providers/transport-response.ts'
import { toRealResponse } from '../../../src/providers/transport.ts'

function response(body: string | Buffer, status = 200, headers: RawHeaders = {}): BufferedResponse {
  const head = {
    status,
    statusText: 'Fine',
    url: 'http://provider.test/v1',
    headers: new AnswerHeaders(headers),
  }
  return new BufferedResponse(head, Buffer.from(body))
}

describe('a buffered response', () => {
  test('is read as text, JSON and bytes, as often as one likes', async () => {
    const answer = response('{"a":"ä"}')
    expect(await answer.text()).toBe('{"a":"ä"}')
    expect(await answer.json()).toEqual({ a: 'ä' })
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe('{"a":"ä"}')
    expect(Buffer.from(await answer.bytes()).toString()).toBe('{"a":"ä"}')
    expect(await (await answer.blob()).text()).toBe('{"a":"ä"}')
  })

  test('is ok from 200 to 299', () => {
    expect([199, 200, 299, 300].map((status) => response('', status).ok)).toEqual([false, true, true, false])
  })

  test('leaves out a byte order mark, as fetch does', async () => {
    expect(await response('\ufeff{"a":1}').json()).toEqual({ a: 1 })
  })

  test('rejects, and does not throw, when the body is no JSON', async () => {
    await expect(response('<html>').json()).rejects.toThrow(SyntaxError)
  })

  test('hands out its own bytes only, not the buffer that they are a window on', async () => {
    const window = Buffer.from('secret{"a":1}secret').subarray(6, 13)
    const head = { status: 200, statusText: '', url: '', headers: new AnswerHeaders({}) }
    const bytes = await new BufferedResponse(head, window).arrayBuffer()
    expect(bytes.byteLength).toBe(7)
  })

  test('becomes a real Response with the same status, headers, body and URL', async () => {
    const real = toRealResponse(
      response('body', 404, { 'x-request-id': 'req_1', 'set-cookie': ['a=1', 'b=2'] }),
    )
    expect(real).toBeInstanceOf(Response)
    expect(real).toMatchObject({ status: 404, statusText: 'Fine', url: 'http://provider.test/v1', ok: false })
    expect(real.headers.get('x-request-id')).toBe('req_1')
    expect(real.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await real.text()).toBe('body')
  })

  test('becomes a real Response even with a reason phrase that the constructor refuses', () => {
    const head = { status: 200, statusText: 'Größe \u{1f600}', url: '', headers: new AnswerHeaders({}) }
    expect(toRealResponse(new BufferedResponse(head, Buffer.from(''))).statusText).toBe('')
  })

  test('a real Response is passed through', () => {
    const real = new Response('x')
    expect(toRealResponse(real)).toBe(real)
  })
})

test.each([
  ['text/event-stream', true],
  ['Text/Event-Stream; charset=utf-8', true],
  ['application/json', false],
  ['application/json; profile=text/event-stream', false],
])('%s is an event stream: %s', (type, expected) => {
  expect(isEventStream(new AnswerHeaders({ 'content-type': type }))).toBe(expected)
})
