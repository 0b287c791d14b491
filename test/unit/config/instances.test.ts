import { describe, expect, test } from 'vitest'
import type { ProviderConfig } from '../../../src/providers/provider-config.ts'
import { messageOf, parse, recordingLogger } from './some-options.ts'

/** The options with these instances, and one tier with these targets. */
function options(providers: object, targets: readonly string[], env: object = {}): object {
  return { tiers: { only: targets }, providers, env, logger: recordingLogger() }
}

function instance(config: ReturnType<typeof parse>, name: string): ProviderConfig {
  const found = config.providers.get(name)
  if (found === undefined || 'kind' in found) throw new Error(`no instance ${name}`)
  return found
}

describe('a provider instance', () => {
  test('of a preset takes its address and key variable', () => {
    const config = parse(options({}, ['groq/a'], { GROQ_API_KEY: 'key-1' }))
    expect(instance(config, 'groq')).toMatchObject({
      instance: 'groq',
      baseUrl: 'https://api.groq.com/openai/v1',
      apiKey: 'key-1',
    })
  })

  test('may be named freely, twice from one preset, with a key each', () => {
    const config = parse(
      options(
        {
          'openai-eu': { preset: 'openai', apiKeyEnv: 'EU_KEY' },
          'openai-us': { preset: 'openai', apiKey: 'us-key' },
        },
        ['openai-eu/gpt-4o', 'openai-us/gpt-4o'],
        { EU_KEY: 'eu-key', OPENAI_API_KEY: 'other' },
      ),
    )
    expect(instance(config, 'openai-eu').apiKey).toBe('eu-key')
    expect(instance(config, 'openai-us').apiKey).toBe('us-key')
    expect(config.targets.get('openai-eu/gpt-4o')).toMatchObject({
      provider: 'openai',
      priceProvider: 'openai',
    })
  })

  test('with a base URL and no preset is any compatible server, and needs no key', () => {
    const config = parse(options({ mine: { baseUrl: 'http://127.0.0.1:8080/v1' } }, ['mine/m']))
    expect(instance(config, 'mine')).toMatchObject({ baseUrl: 'http://127.0.0.1:8080/v1', apiKey: undefined })
    expect(config.targets.get('mine/m')?.server).toEqual({ address: '127.0.0.1', port: 8080 })
  })

  test('that names a key variable needs it, even where the server could do without', () => {
    const server = { baseUrl: 'http://127.0.0.1:8080/v1', apiKeyEnv: 'MINE' }
    expect(messageOf(options({ mine: server }, ['mine/m']))).toContain('set MINE')
  })

  test('called as a preset keeps that preset when only its address is another', () => {
    const config = parse(options({ groq: { baseUrl: 'http://[::1]:9/v1', apiKey: 'k' } }, ['groq/a']))
    expect(config.targets.get('groq/a')).toMatchObject({
      provider: 'groq',
      server: { address: '::1', port: 9 },
    })
  })

  test('of Azure reads endpoint and API version from options, then from the environment', () => {
    const env = {
      AZURE_OPENAI_API_KEY: 'k',
      AZURE_OPENAI_ENDPOINT: 'https://env.openai.azure.com',
      OPENAI_API_VERSION: '2025-01-01',
    }
    const own = { preset: 'azure', endpoint: 'https://eu.openai.azure.com', apiVersion: '2024-06-01' }
    const config = parse(options({ eu: own }, ['azure/gpt', 'eu/gpt'], env))
    expect(instance(config, 'azure')).toMatchObject({
      endpoint: 'https://env.openai.azure.com',
      apiVersion: '2025-01-01',
      baseUrl: undefined,
    })
    expect(instance(config, 'eu')).toMatchObject({
      endpoint: 'https://eu.openai.azure.com',
      apiVersion: '2024-06-01',
    })
    expect(config.targets.get('eu/gpt')?.server).toEqual({ address: 'eu.openai.azure.com', port: 443 })
  })

  test('of Azure without key and endpoint is left out, naming both variables', () => {
    expect(messageOf(options({}, ['azure/gpt']))).toContain(
      'set AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT (or option `endpoint`)',
    )
  })

  test('of Bedrock reads its region from options, then from the environment', () => {
    const key = { AWS_BEARER_TOKEN_BEDROCK: 'k' }
    const env = { ...key, AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' }
    const own = { preset: 'bedrock', region: 'eu-central-1' }
    const config = parse(options({ frankfurt: own }, ['bedrock/m', 'frankfurt/m'], env))
    expect(instance(config, 'bedrock').region).toBe('eu-west-1')
    expect(instance(config, 'frankfurt').region).toBe('eu-central-1')
    expect(messageOf(options({}, ['bedrock/m'], key))).toContain('set AWS_REGION (or option `region`)')
  })

  test('made from an AI SDK model is used by its own name and model', () => {
    const modelId = 'claude-sonnet-4-6'
    const model = { kind: 'ai-sdk', modelId, provider: 'anthropic', priceProvider: 'anthropic', model: {} }
    const config = parse(options({ claude: model }, ['claude/claude-sonnet-4-6']))
    expect(config.providers.get('claude')).toBe(model)
    expect(config.targets.get('claude/claude-sonnet-4-6')).toMatchObject({
      provider: 'anthropic',
      server: undefined,
    })
    expect(messageOf(options({ claude: model }, ['claude/sonnet']))).toContain(
      'Say "claude/claude-sonnet-4-6".',
    )
  })

  test.each<[name: string, provider: unknown, expected: string]>([
    ['neither preset nor address', {}, 'providers.x: names no preset and has no baseUrl'],
    [
      'an unknown preset',
      { preset: 'grok' },
      'providers.x.preset: there is no preset "grok". Did you mean "groq"?',
    ],
    ['a compatible server without address', { preset: 'compatible' }, 'providers.x: is missing baseUrl'],
    ['an address that is none', { baseUrl: 'localhost' }, 'providers.x.baseUrl: must be an address'],
    [
      'an address of another scheme',
      { baseUrl: 'ftp://h/v1' },
      'must begin with https:// or http://, got "ftp:".',
    ],
    ['an address with a query', { baseUrl: 'https://h/v1?k=1' }, 'must not hold a query'],
    ['the whole path', { baseUrl: 'https://h/v1/chat/completions' }, 'must end before "/chat/completions"'],
    [
      'a region for another client',
      { preset: 'openai', apiKey: 'k', region: 'eu' },
      'providers.x.region: only the bedrock client reads it',
    ],
    [
      'an endpoint for another client',
      { preset: 'groq', apiKey: 'k', endpoint: 'https://h' },
      'providers.x.endpoint: only the azure client reads it',
    ],
    [
      'a header of the transport',
      { baseUrl: 'http://h/v1', headers: { Connection: 'close' } },
      'providers.x.headers.Connection: is set by the transport',
    ],
    [
      'a header that is none',
      { baseUrl: 'http://h/v1', headers: { 'a b': 'c' } },
      'providers.x.headers["a b"]: is not the name of a header.',
    ],
    ['a kind and no model', { kind: 'ai-sdk' }, 'Unknown option "providers.x.kind"'],
    ['a text', 'groq', 'providers.x: must be an object.'],
  ])('with %s is refused', (_name, provider, expected) => {
    expect(messageOf(options({ x: provider }, ['x/m']))).toContain(expected)
  })

  test.each([
    'https://a.openai.azure.com/openai',
    'https://a.openai.azure.com/?api-version=1',
    'https://u:p@a.openai.azure.com',
    'a.openai.azure.com',
    'ftp://a.openai.azure.com',
  ])('of Azure does not take the endpoint %s', (endpoint) => {
    const rule =
      'must be the resource alone, as in "https://name.openai.azure.com": no path, query or password.'
    expect(messageOf(options({ x: { preset: 'azure', endpoint, apiKey: 'k' } }, ['x/m']))).toBe(
      `Wrong option for express-llm. providers.x.endpoint: ${rule}`,
    )
    const env = { AZURE_OPENAI_ENDPOINT: endpoint, AZURE_OPENAI_API_KEY: 'k' }
    expect(messageOf(options({}, ['azure/m'], env))).toBe(
      `Wrong option for express-llm. AZURE_OPENAI_ENDPOINT: ${rule}`,
    )
  })

  test('of Azure takes an endpoint with a slash at its end, or behind a gateway a baseUrl alone', () => {
    const azure = { preset: 'azure', apiKey: 'k' }
    const endpoint = 'https://a.openai.azure.com/'
    const baseUrl = 'https://gateway.example.com/ai/openai'
    parse(options({ x: { ...azure, endpoint } }, ['x/m']))
    const config = parse(options({ x: { ...azure, baseUrl } }, ['x/m']))
    expect(instance(config, 'x')).toMatchObject({ baseUrl, endpoint: undefined, apiVersion: '2024-10-21' })
    expect(messageOf(options({ x: { ...azure, baseUrl, endpoint } }, ['x/m']))).toBe(
      'Wrong option for express-llm. providers.x.baseUrl: must not stand beside `endpoint`: one address.',
    )
  })

  test('that is the preset for any server is asked for its address, not for another name', () => {
    expect(messageOf(options({}, ['compatible/m']))).toBe(
      'Wrong option for express-llm. providers.compatible: is missing baseUrl; say which server it is.',
    )
  })

  test('tells every wrong header at once', () => {
    const headers = { 'a b': 'c\n', 'x-number': 5, Connection: 'close', 'x-right': 'yes', 'x-lines': 'a\nb' }
    const message = messageOf(options({ x: { baseUrl: 'http://h/v1', headers } }, ['x/m']))
    expect(message.split('\n').slice(1).toSorted()).toEqual([
      '- providers.x.headers.Connection: is set by the transport and cannot be given.',
      '- providers.x.headers.x-lines: a header must be one line of text (its value is not shown).',
      '- providers.x.headers.x-number: must be a text.',
      '- providers.x.headers["a b"]: a header must be one line of text (its value is not shown).',
      '- providers.x.headers["a b"]: is not the name of a header.',
    ])
  })

  test('with a name that no target could say is refused', () => {
    expect(
      messageOf(options({ 'a/b': { baseUrl: 'http://h/v1' } }, ['openai/m'], { OPENAI_API_KEY: 'k' })),
    ).toContain('providers["a/b"]: "a/b" is not a name')
  })

  test('is told of near names among presets and own instances', () => {
    const own = { 'our-gpu': { baseUrl: 'http://h/v1' } }
    expect(messageOf(options(own, ['our-gpus/m']))).toContain('Did you mean "our-gpu"?')
  })
})
