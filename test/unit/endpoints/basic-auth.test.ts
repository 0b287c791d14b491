import { describe, expect, test } from 'vitest'
import { basicAuth } from '../../../src/endpoints/basic-auth.ts'

type Door = ReturnType<typeof basicAuth>

function knock(door: Door, authorization?: string) {
  const headers = new Map<string, string>()
  const res = { setHeader: (name: string, value: string) => headers.set(name, value) }
  const req = { headers: authorization === undefined ? {} : { authorization } }
  const answer = door(req as never, res as never)
  return { answer, challenge: headers.get('www-authenticate') }
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
const CHALLENGE = 'Basic realm="express-llm", charset="UTF-8"'

describe('basicAuth', () => {
  const door = basicAuth({ admin: 'a long password', günter: 'päßwörter: mit :' })

  test('lets in who has the name and the password, and says who it is', () => {
    expect(knock(door, basic('admin:a long password'))).toEqual({
      answer: { user: 'admin' },
      challenge: undefined,
    })
    expect(knock(door, basic('günter:päßwörter: mit :')).answer).toEqual({ user: 'günter' })
    expect(knock(door, basic('admin:a long password').replace('Basic', 'bAsIc')).answer).toBeTruthy()
  })

  test.each([
    undefined,
    '',
    'Basic',
    'Basic !!!',
    basic('admin'),
    basic('admin:'),
    basic('admin:a long passwor'),
    basic('admin:a long password '),
    basic('Admin:a long password'),
    basic('günter:a long password'),
    basic(':a long password'),
    basic('__proto__:a long password'),
    'Bearer a long password',
    basic('admin:a long password').replace('Basic', 'Digest'),
    `Basic ${'A'.repeat(100_000)}`,
  ])('keeps all others out, with a challenge: %s', (authorization) => {
    expect(knock(door, authorization)).toEqual({ answer: false, challenge: CHALLENGE })
  })

  test.each([
    [{}, /needs names with their passwords/],
    [undefined, /needs names with their passwords/],
    [['a long password'], /needs names with their passwords/],
    [{ admin: '' }, /"admin" has an empty password: is its environment variable set\?$/],
    [{ admin: undefined }, /"admin" has an empty password: is its environment variable set\?$/],
    [{ admin: 'seven77' }, /"admin" has a password of fewer than 8 characters: it can be guessed\.$/],
    [{ admin: 12_345_678 }, /"admin" has a password that is no text/],
    [{ admin: 'with a\nnewline' }, /control characters/],
    [{ '': 'a long password' }, /"" is no name/],
    [{ 'a:b': 'a long password' }, /"a:b" is no name/],
  ])('%o is refused when it is made, and the password not told', (passwords, message) => {
    const making = (): unknown => basicAuth(passwords as never)
    expect(making).toThrow(message)
    expect(making).toThrow(expect.objectContaining({ code: 'config_invalid' }))
    expect(making).not.toThrow(/seven77|12345678/)
  })
})
