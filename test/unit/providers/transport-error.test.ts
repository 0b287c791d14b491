import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { isBeforeSending, toTransportError, TransportError } from '../../../src/providers/transport-error.ts'

function coded(code: string, more: object = {}): Error {
  return Object.assign(new Error(`secret ${code}`), { code, ...more })
}

describe('toTransportError', () => {
  test('keeps the code and nothing else of what was thrown', () => {
    const error = toTransportError(coded('ECONNRESET', { data: 'secret' }), true)
    expect(error).toMatchObject({ name: 'TransportError', code: 'ECONNRESET', wasSent: true })
    expect(inspect(error)).not.toContain('secret')
  })

  test.each([undefined, null, 'text', new Error('x'), { code: 7 }])('%s has no code', (thrown) => {
    expect(toTransportError(thrown, false)).toMatchObject({ code: 'unknown', wasSent: false })
  })

  test('leaves its own errors alone', () => {
    const error = new TransportError({ code: 'response-too-large', message: 'x', wasSent: true })
    expect(toTransportError(error, false)).toBe(error)
  })

  test.each([
    ['UND_ERR_DESTROYED', true, 'closed'],
    ['UND_ERR_CLOSED', false, 'closed'],
    ['UND_ERR_ABORTED', false, 'proxy-refused'],
    ['UND_ERR_INVALID_ARG', true, 'proxy-refused'],
    ['UND_ERR_INVALID_ARG', false, 'UND_ERR_INVALID_ARG'],
  ])('%s (sent: %s) is %s', (code, wasSent, expected) => {
    expect(toTransportError(coded(code), wasSent)).toMatchObject({ code: expected, wasSent })
  })

  test.each(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'])(
    '%s is not in the text, where the openai client would take it for a slow answer',
    (code) => {
      for (const wasSent of [true, false]) {
        expect(String(toTransportError(coded(code), wasSent))).not.toMatch(/timed? ?out/i)
      }
    },
  )
})

describe('isBeforeSending', () => {
  test.each([
    coded('ENOTFOUND', { syscall: 'getaddrinfo' }),
    coded('ECONNREFUSED', { syscall: 'connect' }),
    coded('ETIMEDOUT', { syscall: 'connect' }),
    new AggregateError([
      coded('ECONNREFUSED', { syscall: 'connect' }),
      coded('ENETUNREACH', { syscall: 'connect' }),
    ]),
    coded('UND_ERR_CONNECT_TIMEOUT'),
    coded('ERR_INVALID_URL'),
    coded('DEPTH_ZERO_SELF_SIGNED_CERT'),
    coded('SELF_SIGNED_CERT_IN_CHAIN'),
    coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    coded('CERT_HAS_EXPIRED'),
    coded('ERR_TLS_CERT_ALTNAME_INVALID'),
    coded('ERR_SSL_WRONG_VERSION_NUMBER'),
  ])('%s', (error) => expect(isBeforeSending(error)).toBe(true))

  test.each([
    coded('ECONNRESET', { syscall: 'read' }),
    coded('EPIPE', { syscall: 'write' }),
    coded('ETIMEDOUT', { syscall: 'read' }),
    coded('UND_ERR_SOCKET'),
    new AggregateError([
      coded('ECONNREFUSED', { syscall: 'connect' }),
      coded('ECONNRESET', { syscall: 'read' }),
    ]),
    new Error('x'),
    undefined,
  ])('not %s', (error) => expect(isBeforeSending(error)).toBe(false))
})
