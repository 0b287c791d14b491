import { describe, expect, test } from 'vitest'
import { messageOf, parse, recordingLogger, type Warning } from './some-options.ts'

const ENV = { OPENAI_API_KEY: 'k', OPENROUTER_API_KEY: 'k', AZURE_OPENAI_API_KEY: 'k' }
const AZURE = { azure: { endpoint: 'https://eu.openai.azure.com' } }

function options(target: string, described: object = {}, providers: object = {}): object {
  return { tiers: { only: [target] }, targets: { [target]: described }, providers, env: ENV }
}

function warningsOf(...given: Parameters<typeof options>): readonly Warning[] {
  const logger = recordingLogger()
  parse({ ...options(...given), logger })
  return logger.warnings
}

describe('priceAs', () => {
  test('that the catalog does not know for the provider is an error with the nearest name', () => {
    expect(messageOf(options('openai/mine', { priceAs: 'gpt-4oo' }))).toBe(
      'Wrong option for express-llm. targets["openai/mine"].priceAs: the price list knows no "gpt-4oo" of openai. ' +
        'Did you mean "gpt-4o"?',
    )
  })

  test('of an Azure deployment may name a model of the vendors that Azure serves', () => {
    expect(warningsOf('azure/chat', { priceAs: 'gpt-4o' }, AZURE)).toEqual([])
    expect(messageOf(options('azure/chat', { priceAs: 'gpt4o' }, AZURE))).toContain('Did you mean "gpt-4o"?')
  })

  test('of a server without a price list has no effect, and says so', () => {
    const mine = { mine: { baseUrl: 'http://127.0.0.1:1/v1' } }
    expect(warningsOf('mine/m', { priceAs: 'gpt-4o' }, mine)).toEqual([
      {
        message:
          'express-llm: mine/m has no known price, because nobody publishes prices for its server, so `priceAs` ' +
          'tells nothing. Give `price`.',
        fields: { target: 'mine/m' },
      },
    ])
  })
})

describe('a model that the catalog does not know', () => {
  test('is warned of once, with the nearest name', () => {
    const logger = recordingLogger()
    const tiers = { a: ['openai/gpt-4oo'], b: ['openai/gpt-4oo', 'openai/gpt-4o'] }
    parse({ tiers, defaultTier: 'a', env: ENV, logger })
    expect(logger.warnings).toEqual([
      {
        message:
          'express-llm: openai/gpt-4oo has no known price. Did you mean "gpt-4o"? Give `price` or `priceAs`.',
        fields: { target: 'openai/gpt-4oo' },
      },
    ])
  })

  test.each([
    ['with a price', options('openai/new', { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } })],
    ['with priceAs', options('openai/new', { priceAs: 'gpt-4o' })],
    ['at a server without a price list', options('ollama/new')],
    ['at a compatible server', options('mine/new', {}, { mine: { baseUrl: 'http://127.0.0.1:1/v1' } })],
    ['at a service whose answers tell the cost', options('openrouter/new')],
  ])('is not warned of %s', (_name, given) => {
    const logger = recordingLogger()
    parse({ ...given, logger })
    expect(logger.warnings).toEqual([])
  })
})

test.each(['inputUsdPerMTok', 'cacheReadUsdPerMTok'])('%s above a million USD is an error', (name) => {
  const price = { inputUsdPerMTok: 1, outputUsdPerMTok: 2, [name]: 1_000_001 }
  expect(messageOf(options('openai/gpt-4o', { price }))).toContain(
    `price.${name}: must be a number of USD per million tokens from 0 to 1000000, got 1000001.`,
  )
})
