import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { messageOf, parse, RIGHT } from './some-options.ts'

const cert = readFileSync(new URL('../../fixtures/tls/cert.pem', import.meta.url))
const certText = cert.toString()
const key = readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url))
const encryption = { cipher: 'aes-256-cbc', passphrase: 'right' } as const
const { privateKey: locked } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', ...encryption },
})
const { privateKey: other } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

function withTls(tls: object): object {
  return { ...RIGHT, transport: { tls } }
}

describe('transport.tls', () => {
  test.each([
    ['nothing but a switch', { rejectUnauthorized: false }],
    ['an authority', { ca: cert }],
    [
      'several authorities, as text, with words around them',
      { ca: [`# ours\n${certText}\n${certText}`, cert] },
    ],
    ['a certificate with its key', { cert: certText, key }],
    ['a locked key with its passphrase', { key: locked, passphrase: 'right' }],
  ])('takes %s', (_name, tls) => {
    expect(parse(withTls(tls)).transport.tls).toEqual(tls)
  })

  const PLANTED = 'planted-5f1c'
  const CUT = `-----BEGIN CERTIFICATE-----\n${PLANTED}\n-----END CERTIFICATE-----\n`
  test.each([
    ['ca', { ca: PLANTED }],
    ['ca', { ca: [cert, Buffer.from(PLANTED)] }],
    ['ca', { ca: `${certText}\n${CUT}` }],
    ['ca', { ca: [] }],
    ['cert', { cert: CUT }],
    ['key', { key: PLANTED }],
    ['key', { key: locked, passphrase: PLANTED }],
    ['key', { key: locked }],
    ['key', { cert, key: other }],
  ])('refuses a %s that cannot be used, without showing it', (option, tls) => {
    const message = messageOf(withTls(tls))
    expect(message).toContain(`Wrong option for express-llm. transport.tls.${option}: `)
    expect(message).not.toContain(PLANTED)
    expect(message).not.toContain('BEGIN')
  })

  test('names every part that is wrong', () => {
    expect(messageOf(withTls({ ca: 'a', cert: 'b', key: 'c' })).split('\n')).toHaveLength(4)
  })
})
