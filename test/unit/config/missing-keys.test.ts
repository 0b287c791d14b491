import { describe, expect, test } from 'vitest'
import { messageOf, parse, recordingLogger, RIGHT } from './some-options.ts'

const OPENAI_ONLY = { OPENAI_API_KEY: 'sk-planted-openai' }

describe('a key that is not there', () => {
  test('leaves its targets out, with one warning for each instance that names the variable', () => {
    const logger = recordingLogger()
    const tiers = { premium: ['groq/a', 'openai/gpt-4o'], cheap: ['groq/b', 'groq/a', 'openai/gpt-4o-mini'] }
    const config = parse({ ...RIGHT, tiers, env: OPENAI_ONLY, logger })
    expect(config.tiers.get('cheap')?.map(({ id }) => id)).toEqual(['openai/gpt-4o-mini'])
    expect([...config.targets.keys()]).toEqual(['openai/gpt-4o', 'openai/gpt-4o-mini'])
    expect([...config.providers.keys()]).toEqual(['openai'])
    expect(logger.warnings).toEqual([
      {
        message: 'express-llm leaves out groq/a, groq/b: set GROQ_API_KEY to use it.',
        fields: { instance: 'groq', missingVariables: ['GROQ_API_KEY'], targets: ['groq/a', 'groq/b'] },
      },
    ])
  })

  test('is missing also when the variable is set to nothing', () => {
    const logger = recordingLogger()
    parse({ ...RIGHT, env: { ...OPENAI_ONLY, GROQ_API_KEY: ' ' }, logger })
    expect(logger.warnings.map(({ message }) => message)).toEqual([
      'express-llm leaves out groq/openai/gpt-oss-20b: set GROQ_API_KEY (it is there, but empty) to use it.',
    ])
  })

  test('is told apart under strictKeys from one that is empty, several in one sentence', () => {
    const tiers = { cheap: ['azure/a', 'bedrock/b', 'mistral/c'] }
    const env = { AZURE_OPENAI_API_KEY: '', MISTRAL_API_KEY: '' }
    expect(messageOf({ tiers, env, strictKeys: true }).split('\n').slice(1)).toEqual([
      '- providers.azure: AZURE_OPENAI_ENDPOINT (or option `endpoint`) is not set, AZURE_OPENAI_API_KEY is empty, and strictKeys is on.',
      '- providers.bedrock: AWS_BEARER_TOKEN_BEDROCK and AWS_REGION (or option `region`) are not set, and strictKeys is on.',
      '- providers.mistral: MISTRAL_API_KEY is empty, and strictKeys is on.',
    ])
  })

  test('is an error where a tier has no other target, naming the variables', () => {
    const tiers = { premium: ['openai/gpt-4o'], cheap: ['groq/a', 'mistral/b'] }
    expect(messageOf({ ...RIGHT, tiers, env: OPENAI_ONLY })).toBe(
      'Wrong option for express-llm. tiers.cheap: no target can be used: set GROQ_API_KEY, or MISTRAL_API_KEY.',
    )
  })

  test('is an error where a task or an alias leads to nothing else', () => {
    const wrong = { tasks: { code: ['groq/a'] }, aliases: { fast: 'groq/a' }, env: OPENAI_ONLY }
    expect(
      messageOf({ ...RIGHT, tiers: { cheap: ['openai/gpt-4o'] }, ...wrong })
        .split('\n')
        .slice(1),
    ).toEqual([
      '- tasks.code: no target can be used: set GROQ_API_KEY.',
      '- aliases.fast: no target can be used: set GROQ_API_KEY.',
    ])
  })

  test('is an error under strictKeys, once for each instance', () => {
    expect(
      messageOf({ ...RIGHT, env: {}, strictKeys: true })
        .split('\n')
        .slice(1),
    ).toEqual([
      '- providers.openai: OPENAI_API_KEY is not set, and strictKeys is on.',
      '- providers.groq: GROQ_API_KEY is not set, and strictKeys is on.',
    ])
  })

  test('warns of nothing when the options are wrong anyway', () => {
    const logger = recordingLogger()
    messageOf({ ...RIGHT, env: OPENAI_ONLY, logger, aliases: { a: 'b' } })
    expect(logger.warnings).toEqual([])
  })

  test('of a target that nobody names is nobody’s business', () => {
    const logger = recordingLogger()
    const config = parse({ ...RIGHT, tiers: { cheap: ['openai/gpt-4o'] }, env: OPENAI_ONLY, logger })
    expect(logger.warnings).toEqual([])
    expect([...config.providers.keys()]).toEqual(['openai'])
  })

  test('in the environment adds no target, tier or instance', () => {
    const few = parse({ ...RIGHT, tiers: { cheap: ['openai/gpt-4o'] }, env: OPENAI_ONLY })
    const many = parse({
      ...RIGHT,
      tiers: { cheap: ['openai/gpt-4o'] },
      env: { ...OPENAI_ONLY, GROQ_API_KEY: 'x', MISTRAL_API_KEY: 'x' },
    })
    expect([...many.targets.keys()]).toEqual([...few.targets.keys()])
    expect([...many.providers.keys()]).toEqual([...few.providers.keys()])
  })
})
