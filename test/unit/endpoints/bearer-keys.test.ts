import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { bearerKeys } from '../../../src/endpoints/bearer-keys.ts'

const asking = (authorization?: string) => ({ headers: { authorization } }) as IncomingMessage
const KEY = 'sk-PLANTED-0123456789'

describe('bearerKeys', () => {
  test('knows each holder by the key, and an anonymous one by a key alone', () => {
    const authorize = bearerKeys([
      KEY,
      { key: `${KEY}-of-ann`, user: 'ann', tenant: 'acme', allow: ['cheap'] },
    ])
    expect(authorize(asking(`Bearer ${KEY}`))).toEqual({})
    expect(authorize(asking(`bearer  ${KEY}-of-ann `))).toEqual({
      user: 'ann',
      tenant: 'acme',
      allow: ['cheap'],
    })
    expect(authorize(asking())).toBeUndefined()
  })

  test('lets in nobody whose key is not exactly one of them', () => {
    const keys = fc.stringMatching(/^[\x21-\x7e]{16,40}$/)
    fc.assert(
      fc.property(fc.uniqueArray(keys, { minLength: 1, maxLength: 5 }), keys, (known, given) => {
        const isKnown = bearerKeys(known)(asking(`Bearer ${given}`)) !== undefined
        return (
          isKnown === known.includes(given) &&
          known.every((key) => bearerKeys(known)(asking(`Bearer ${key}`)))
        )
      }),
    )
  })

  test.each<[string, unknown, RegExp]>([
    ['no list', undefined, /at least one key/],
    ['an empty list', [], /at least one key/],
    ['a number', [7], /number 1 of the list.*no text/],
    ['null', [KEY, null], /number 2 of the list.*no text/],
    ['an object without key', [{ user: 'ann' }], /no text/],
    ['an empty key', [''], /is empty: is its environment variable set\?$/],
    ['a key with a space', [`${KEY} ${KEY}`], /outside ASCII/],
    ['a key with a line break', [`${KEY}\n`], /outside ASCII/],
    ['the same key twice', [KEY, { key: KEY, user: 'ann' }], /twice/],
    ['a misspelt field', [{ key: KEY, alow: ['cheap'] }], /"alow" is an unknown field/],
    ['a user without a value', [{ key: KEY, user: undefined }], /"user" is empty/],
    ['a wrong allow', [{ key: KEY, allow: 'cheap' }], /"allow" must be a list/],
  ])('refuses %s, and shows no key', (_name, keys, message) => {
    const error = thrownBy(() => bearerKeys(keys as never))
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(message) })
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain('PLANTED')
  })
})

test('a short key is taken, with a warning that does not show it', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const authorize = bearerKeys(['sk-PLANTED'])
  expect(authorize(asking('Bearer sk-PLANTED'))).toEqual({})
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/number 1 of the list.*shorter than 16/)]])
  expect(JSON.stringify(warn.mock.calls)).not.toContain('PLANTED')
  warn.mockRestore()
})

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (thrown) {
    return thrown
  }
  return undefined
}
