import { describe, expect, test } from 'vitest'
import { createTransport } from '../../../src/providers/transport.ts'
import { transportConfig } from '../../integration/support/transport-config.ts'

function creation(changes: Parameters<typeof transportConfig>[0]): () => unknown {
  return () => createTransport(transportConfig(changes))
}

describe('createTransport refuses', () => {
  test.each([
    ['transport.proxyUrl', { proxyUrl: 'secret:3128' }],
    ['transport.proxyUrl', { proxyUrl: '' }],
    ['transport.proxyUrl', { proxyUrl: 'ftp://secret' }],
    ['HTTP_PROXY', { proxyEnvironment: { httpProxy: 'secret:3128' } }],
    ['HTTPS_PROXY', { proxyEnvironment: { httpsProxy: '//secret' } }],
  ])('a proxy that is none (%s), without repeating it', (param, changes) => {
    expect(creation(changes)).toThrow(expect.objectContaining({ code: 'config_invalid', param }))
    expect(creation(changes)).not.toThrow(/secret/)
  })

  test.each([
    ['transport.proxyUrl', { proxyUrl: 'http://127.0.0.1:3128' }],
    ['transport.tls', { tls: { rejectUnauthorized: false } }],
  ])('%s together with the global fetch, which has no such option', (param, changes) => {
    expect(creation({ kind: 'fetch', ...changes })).toThrow(expect.objectContaining({ param }))
  })
})

test('an empty variable is none', async () => {
  const create = creation({ proxyEnvironment: { httpProxy: '', httpsProxy: '' } })
  expect(create).not.toThrow()
})
