import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AnswerHeaders } from '../../../src/providers/transport-headers.ts'

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/).filter((text) => text !== 'set-cookie')
const value = fc.stringMatching(/^[!-~]([ -~]*[!-~])?$/)
const raw = fc.dictionary(name, fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 3 })))

function realOf(answer: Record<string, string | string[]>): Headers {
  const headers = new Headers()
  for (const [key, values] of Object.entries(answer)) {
    for (const one of [values].flat()) headers.append(key, one)
  }
  return headers
}

const byName = (a: readonly [string, string], b: readonly [string, string]): number => (a[0] < b[0] ? -1 : 1)

describe('answer headers', () => {
  test('read as real Headers do', () => {
    fc.assert(
      fc.property(raw, (answer) => {
        const [ours, real] = [new AnswerHeaders(answer), realOf(answer)]
        expect([...ours].sort(byName)).toEqual([...real].sort(byName))
        expect([...ours.keys()].sort()).toEqual([...real.keys()].sort())
        expect([...ours.values()].sort()).toEqual([...real.values()].sort())
        for (const key of real.keys()) {
          expect(ours.get(key.toUpperCase())).toBe(real.get(key))
          expect(ours.has(key)).toBe(true)
        }
      }),
    )
  })

  test('a header that did not come is null, also when objects have a member of that name', () => {
    const headers = new AnswerHeaders({})
    for (const key of ['x-request-id', 'constructor', 'toString', '__proto__']) {
      expect(headers.get(key)).toBeNull()
      expect(headers.has(key)).toBe(false)
    }
  })

  test('cookies stay apart', () => {
    const headers = new AnswerHeaders({ 'set-cookie': ['a=1', 'b=2'], vary: 'x' })
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect([...headers.entries()]).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['vary', 'x'],
    ])
    expect(new AnswerHeaders({ 'set-cookie': 'a=1' }).getSetCookie()).toEqual(['a=1'])
    expect(new AnswerHeaders({}).getSetCookie()).toEqual([])
  })

  test('forEach tells value, name and headers', () => {
    const headers = new AnswerHeaders({ vary: 'x' })
    const seen: unknown[] = []
    headers.forEach((...all) => seen.push(all))
    expect(seen).toEqual([['x', 'vary', headers]])
  })

  test('cannot be changed', () => {
    const headers: Headers = new AnswerHeaders({ vary: 'x' })
    expect(() => headers.set('vary', 'y')).toThrow(TypeError)
    expect(() => headers.append('vary', 'y')).toThrow(TypeError)
    expect(() => headers.delete('vary')).toThrow(TypeError)
  })
})
