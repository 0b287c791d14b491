import { describe, expect, test } from 'vitest'
import { readRequest, takeRequest } from '../../../src/providers/transport-request.ts'

const url = 'https://provider.test:8443/v1/chat/completions?api-version=1#part'

describe('a request', () => {
  test('is taken apart', () => {
    const { signal } = new AbortController()
    const headers = new Headers({ authorization: 'Bearer k', 'accept-encoding': 'gzip' })
    expect(takeRequest(url, { method: 'POST', headers, body: '{}', signal })).toEqual({
      url,
      origin: 'https://provider.test:8443',
      path: '/v1/chat/completions?api-version=1',
      method: 'POST',
      headers: ['authorization', 'Bearer k', 'accept-encoding', 'identity'],
      body: '{}',
      signal,
    })
  })

  test('is a GET without body where nothing is said', () => {
    const request = takeRequest(new URL(url), {})
    expect(request).toMatchObject({ url, method: 'GET', body: null, signal: undefined })
  })

  test('takes headers in each form', () => {
    for (const headers of [{ A: '1' }, [['A', '1']] satisfies [string, string][], new Headers({ A: '1' })]) {
      expect(takeRequest(url, { headers })?.headers.slice(0, 2)).toEqual(['a', '1'])
    }
  })

  test('leaves the headers of the caller as they were', () => {
    const headers = new Headers({ 'accept-encoding': 'gzip' })
    takeRequest(url, { headers })
    expect(headers.get('accept-encoding')).toBe('gzip')
  })

  test('with a user name or a password in its URL is refused, without repeating them', () => {
    for (const secret of ['https://secret@provider.test/', 'https://:secret@provider.test/']) {
      expect(() => takeRequest(secret, {})).toThrow(
        expect.objectContaining({ code: 'bad-url', wasSent: false }),
      )
      expect(() => takeRequest(secret, {})).not.toThrow(/secret/)
    }
  })

  test('to something that is no URL is refused', () => {
    expect(() => takeRequest('provider', {})).toThrow(
      expect.objectContaining({ code: 'bad-url', wasSent: false }),
    )
  })

  test('with a form, a stream or a Request is read first', async () => {
    const form = new FormData()
    form.set('name', 'value')
    expect(takeRequest(url, { method: 'POST', body: form })).toBeUndefined()
    const read = await readRequest(url, { method: 'POST', body: form })
    expect(read.headers.join()).toMatch(/content-type,multipart\/form-data; boundary=/)
    expect(Buffer.from(read.body ?? '').toString()).toContain('value')
    const stream = new Blob(['streamed']).stream()
    const streamed = await readRequest(url, { method: 'POST', body: stream })
    expect(Buffer.from(streamed.body ?? '').toString()).toBe('streamed')
    const request = await readRequest(new Request(url, { method: 'PUT', headers: { a: '1' } }), {})
    expect(request).toMatchObject({ method: 'PUT', body: null })
    expect(request.headers).toContain('a')
  })
})
