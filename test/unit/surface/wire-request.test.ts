import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireRefusal } from '../../../src/surface/wire-refusal.ts'
import {
  DEFAULT_WIRE_LIMITS,
  pathBelowBase,
  wireJson,
  wireParams,
  wirePlace,
} from '../../../src/surface/wire-request.ts'

describe('the place of a request', () => {
  test.each([
    ['POST', '/chat/completions', { operation: 'chat' }],
    ['POST', '/chat/completions/', { operation: 'chat' }],
    ['POST', '/embeddings', { operation: 'embeddings' }],
    ['GET', '/models', { operation: 'models' }],
    ['HEAD', '/models/', { operation: 'models' }],
    ['GET', '/models/cheap', { operation: 'model', id: 'cheap' }],
    ['GET', '/models/groq/openai/gpt-oss', { operation: 'model', id: 'groq/openai/gpt-oss' }],
    ['GET', '/models/groq%2Fopenai', { operation: 'model', id: 'groq/openai' }],
    ['GET', '/models/%E0', { operation: 'model', id: '%E0' }],
  ])('%s %s', (method, path, place) => {
    expect(wirePlace(method, path)).toEqual(place)
  })

  test.each([
    ['/models/acme/v1/chat/completions', '/chat/completions'],
    ['/embeddings/v1/chat/completions/', '/chat/completions/'],
    ['/models/acme/v1/embeddings', '/embeddings'],
  ])('of %s is what stands last', (path, place) => {
    expect(pathBelowBase(path)).toBe(place)
  })

  test('is found under any base, and is a refusal otherwise, whatever comes', () => {
    const segment = fc.stringMatching(/^[a-z0-9%.:-]{0,8}$/)
    const base = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
    fc.assert(
      fc.property(base, fc.string(), (base, junk) => {
        if (/\/(?:models|embeddings|chat)(?:\/|$)/.test(base)) return
        expect(wirePlace('POST', pathBelowBase(`${base}/chat/completions`))).toEqual({ operation: 'chat' })
        expect(wirePlace('GET', pathBelowBase(`${base}/models/a/b`))).toEqual({
          operation: 'model',
          id: 'a/b',
        })
        expect(() => wirePlace('POST', `${base}${junk}x`)).toThrow(WireRefusal)
      }),
    )
  })
})

describe('params', () => {
  test('are anything that is JSON, or a refusal: never another error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        for (const operation of ['chat', 'embeddings'] as const) {
          try {
            expect(wireParams(operation, wireJson(text), DEFAULT_WIRE_LIMITS)).toBeTypeOf('object')
          } catch (thrown) {
            expect(thrown).toMatchObject({ status: 400 })
          }
        }
      }),
    )
  })

  test('are bounded at their limits exactly', () => {
    const limits = { messagesMax: 2, choicesMax: 3 }
    const chat = (messages: number, n: number) => () =>
      wireParams('chat', { messages: Array.from({ length: messages }, () => ({})), n }, limits)
    expect(chat(2, 3)).not.toThrow()
    expect(chat(3, 3)).toThrow(expect.objectContaining({ param: 'messages' }))
    expect(chat(2, 4)).toThrow(expect.objectContaining({ param: 'n' }))
    const embed = (input: unknown) => () => wireParams('embeddings', { input }, limits)
    expect(embed(Array(2048).fill('x'))).not.toThrow()
    expect(embed(Array(2049).fill('x'))).toThrow(expect.objectContaining({ param: 'input' }))
    // One text of many tokens.
    expect(embed(Array(8000).fill(7))).not.toThrow()
  })
})
