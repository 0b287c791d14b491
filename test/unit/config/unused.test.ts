import { expect, test } from 'vitest'
import { parse, recordingLogger, RIGHT } from './some-options.ts'

function warningsOf(providers: object): readonly string[] {
  const logger = recordingLogger()
  parse({ ...RIGHT, providers, logger })
  return logger.warnings.map(({ message }) => message)
}

test('a provider that no target uses is warned of by name', () => {
  expect(warningsOf({ groq: {}, 'groq-batch': { preset: 'groq' } })).toEqual([
    'express-llm: providers.groq-batch is not used: no tier, task or alias leads to a target "groq-batch/…".',
  ])
})

test('a provider called like one preset and made of another is warned of', () => {
  expect(warningsOf({ openai: { preset: 'groq', apiKey: 'k' } })).toContain(
    'express-llm: providers.openai is called like the preset "openai", but its preset is "groq": targets ' +
      '"openai/…" go there. Another name would mislead nobody.',
  )
})

test.each([
  ['named like its own preset', { openai: { preset: 'openai' } }],
  ['with another address', { openai: { baseUrl: 'https://gateway.example/v1' } }],
  ['of a server of one’s own', { openai: { preset: 'compatible', baseUrl: 'https://gateway.example/v1' } }],
])('a provider %s is not warned of', (_name, providers) => {
  expect(warningsOf(providers)).toEqual([])
})
