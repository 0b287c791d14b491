import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { looksSecret } from '../../../src/config/show-value.ts'
import { errorOf, RIGHT } from './some-options.ts'

const SECRET = 'planted-secret-5f1c'

function printed(options: unknown): string {
  const error = errorOf(options)
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
}

describe('an error about options never prints', () => {
  test.each<[name: string, wrong: object]>([
    ['a key with a line break', { providers: { groq: { apiKey: `${SECRET}\n` } } }],
    ['a key of the wrong type', { providers: { groq: { apiKey: [SECRET] } } }],
    ['a key that is a number', { providers: { groq: { apiKey: 918273645 } } }],
    ['a key under a misspelt name', { providers: { groq: { apiKye: SECRET } } }],
    ['a key in place of the instance', { providers: { groq: SECRET } }],
    ['a key in place of the instances', { providers: SECRET }],
    ['a key in place of the variable', { providers: { groq: { apiKeyEnv: `sk-${SECRET}` } } }],
    ['a key in place of a variable, like a name', { providers: { groq: { apiKeyEnv: 'gsk_918273645' } } }],
    ['a header’s value', { providers: { groq: { headers: { 'x-a': `${SECRET}\n` } } } }],
    ['headers that are a text', { providers: { groq: { headers: SECRET } } }],
    ['a header of the wrong type', { providers: { groq: { headers: { 'x-a': 918273645 } } } }],
    ['TLS values', { transport: { tls: { ca: 918273645, passphrase: [SECRET], cert: { a: SECRET } } } }],
    ['TLS that is a text', { transport: { tls: SECRET } }],
    ['a proxy', { transport: { proxyUrl: `ftp://u:${SECRET}@h` } }],
    ['a proxy in place of the transport', { transport: `http://u:${SECRET}@h` }],
    ['a password in an address', { providers: { x: { baseUrl: `https://u:${SECRET}@h/v1` } } }],
    ['a query in an address', { providers: { x: { baseUrl: `https://h/v1?key=${SECRET}` } } }],
    ['an address that is none', { providers: { x: { baseUrl: `u:${SECRET}` } } }],
    ['the environment', { env: { A: 918273645, B: [SECRET] } }],
    [
      'a key from the environment with a space',
      { env: { GROQ_API_KEY: `${SECRET} x`, OPENAI_API_KEY: 'k' } },
    ],
    ['a key among targets', { tiers: { cheap: [`sk-${SECRET}`] } }],
    ['a key as a tier', { defaultTier: `sk-${SECRET}` }],
    ['a key as an alias', { aliases: { a: `sk-${SECRET}` } }],
    ['all of the options, when they are a text', {}],
  ])('%s', (name, wrong) => {
    const options = name.startsWith('all of') ? SECRET : { ...RIGHT, ...wrong }
    expect(printed(options)).not.toMatch(/planted-secret-5f1c|918273645/)
  })

  test('anything that stands under apiKey, headers or tls, whatever it is', () => {
    const anything = fc.oneof(
      fc.integer({ min: 1e8 }),
      fc.array(fc.constant(SECRET)),
      fc.constant({ [SECRET]: 1 }),
    )
    fc.assert(
      fc.property(anything, fc.constantFrom('apiKey', 'organization', 'project'), (value, option) => {
        const text = printed({ ...RIGHT, providers: { openai: { [option]: value } } })
        expect(text).not.toContain(SECRET)
        expect(text).not.toContain(JSON.stringify(value))
      }),
      { numRuns: 50 },
    )
  })
})

test.each(['sk-abc', 'gsk_abc', 'xai-abc', 'AIzaSyabc', 'Bearer abc', 'https://user:word@host/'])(
  'a text such as %s looks like a secret',
  (text) => expect(looksSecret(text)).toBe(true),
)

test.each(['skill', 'cheap', 'groq/llama', 'https://host/v1', 'key', 'openai/gpt-4o@latest'])(
  'a text such as %s does not look like a secret',
  (text) => expect(looksSecret(text)).toBe(false),
)
