import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REASON_MAX_CHARS, sanitizeIdentifier, sanitizeReason } from '../../../src/providers/sanitize.ts'

const params = { messages: [{ role: 'user', content: 'The launch code is 0000 and nobody knows.' }] }

function sanitize(
  reason: string,
  prompt: unknown = params,
  apiKey: string | undefined = 'sk-live-abcdef',
): string | undefined {
  return sanitizeReason(reason, { params: prompt, apiKey })
}

describe("a provider's reason", () => {
  test('goes on when it is only about the request', () => {
    const reason = "Invalid type for 'messages[0].content': expected string, got an object of the assistant."
    expect(sanitize(reason)).toBe(reason)
  })

  test('is withheld when it holds sixteen characters in a row of the prompt, wherever they stand in it', () => {
    expect(sanitize('bad: "launch code is 0"')).toBeUndefined()
    expect(sanitize('bad: "launch code is "')).toBe('bad: "launch code is "')
    for (const prompt of [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'parts are searched as well' }] }] },
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [{ function: { arguments: '{"q":"parts are searched as well"}' } }],
          },
        ],
      },
      { tools: [{ type: 'function', function: { name: 'f', description: 'parts are searched as well' } }] },
      { input: ['x', 'parts are searched as well'] },
      { input: 'parts are searched as well' },
    ]) {
      expect(sanitize('cannot read: parts are searched', prompt)).toBeUndefined()
    }
  })

  test('is withheld when it holds the whole of a short prompt, but not of a word like "the"', () => {
    expect(sanitize('"hunter2" is no schema', { input: 'hunter2' })).toBeUndefined()
    expect(sanitize('the input is no schema', { input: 'the' })).toBe('the input is no schema')
  })

  test('is withheld when the prompt is too long to be searched, or too deep', () => {
    expect(sanitize('some reason', { input: 'x'.repeat(65_537) })).toBeUndefined()
    expect(sanitize('some reason', { input: 'x'.repeat(65_536) })).toBe('some reason')
    const cycle: Record<string, unknown> = { role: 'user' }
    cycle['self'] = cycle
    expect(sanitize('some reason', { messages: [cycle] })).toBeUndefined()
  })

  test('never shows a key', () => {
    for (const key of [
      'sk-live-abcdef',
      'sk-proj-Ab12Cd34Ef56',
      'org-AbCdEfGhIjKlMnOpQrStUvWx',
      'proj_AbCdEfGhIjKlMnOp',
      'sk-an***************wxyz',
      'gsk_0123456789abcdef',
      'xai-0123456789abcdef',
      'AIzaSyD0123456789abcdef',
      'AKIAIOSFODNN7EXAMPLE',
      'ABSKQmVkcm9ja0FQSUtleQ==',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
      '0123456789abcdef0123456789abcdef',
    ]) {
      expect(sanitize(`Incorrect key provided: ${key}. Find yours elsewhere.`)).not.toContain(key)
    }
    expect(sanitize('header Authorization: Bearer abc.def was wrong')).not.toContain('abc.def')
    expect(sanitize('?api_key=whatever&x=1')).not.toContain('whatever')
    expect(sanitize('the key my key was wrong', params, 'my key')).toBe('the key [key] was wrong')
  })

  test('is one line of at most 500 characters', () => {
    expect(sanitize('one\n\ttwo\u0000\u202Ethree\u2028four  ')).toBe('one two three four')
    expect(sanitize('word '.repeat(1000))?.length).toBe(REASON_MAX_CHARS)
    expect(sanitize(' \n ')).toBeUndefined()
  })

  test('cut at 500 characters holds no half of a key', () => {
    const reason = `${'x '.repeat(248)}sk-live-abcdef`
    expect(sanitize(reason)).not.toMatch(/sk-/)
  })

  test('never holds sixteen characters in a row of any prompt', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), maxLength: 60 })
    fc.assert(
      fc.property(text, text, fc.nat(60), (prompt, around, at) => {
        const reason = `${around.slice(0, at)}${prompt.slice(at % (prompt.length + 1))}${around.slice(at)}`
        const shown =
          sanitize(reason, { messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }] }) ?? ''
        for (let index = 0; index + 16 <= prompt.length; index++) {
          // What the whitespace of the prompt became is no longer a run of it.
          if (/\s{2}|\n/.test(prompt.slice(index, index + 16))) continue
          expect(shown).not.toContain(prompt.slice(index, index + 16))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('never shows the configured key, whatever stands around it', () => {
    const key = fc.string({ unit: fc.constantFrom('k', 'e', 'y', '-', '1'), minLength: 4, maxLength: 20 })
    fc.assert(
      fc.property(key, fc.string(), fc.string(), (apiKey, before, after) => {
        fc.pre(!'[key]'.includes(apiKey))
        const shown = sanitize(`${before}${apiKey}${after}`, {}, apiKey) ?? ''
        expect(shown.replaceAll('[key]', '')).not.toContain(apiKey)
      }),
    )
  })

  test('is found or not in linear time', () => {
    const prompt = 'ab'.repeat(32_000)
    const startedMs = performance.now()
    sanitize('ab'.repeat(2_000), { input: prompt })
    sanitize('ba'.repeat(2_000).replaceAll('a', 'c'), { input: prompt })
    sanitize('A'.repeat(4_000), {})
    expect(performance.now() - startedMs).toBeLessThan(500)
  })
})

describe('an identifier', () => {
  const context = { params, apiKey: 'my-key-12' }

  test.each(['invalid_value', 'messages[0].content[1].image_url', 'Client.Error', '400'])(
    '%s goes on',
    (code) => {
      expect(sanitizeIdentifier(code, context)).toBe(code)
    },
  )

  test.each(['two words', 'x'.repeat(65), '', 42, null, 'my-key-12', 'sk-abcdef123', 'a\nb'])(
    '%o does not',
    (code) => {
      expect(sanitizeIdentifier(code, context)).toBeUndefined()
    },
  )

  test('that repeats the prompt does not', () => {
    expect(sanitizeIdentifier('hunter2', { params: { input: 'hunter2' }, apiKey: undefined })).toBeUndefined()
  })
})
