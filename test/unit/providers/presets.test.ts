import { describe, expect, test } from 'vitest'
import { PRESETS } from '../../../src/providers/presets.ts'

describe('the preset table', () => {
  test('names providers as the GenAI conventions do', () => {
    expect(
      Object.fromEntries(Object.entries(PRESETS).map(([name, { provider }]) => [name, provider])),
    ).toEqual({
      openai: 'openai',
      azure: 'azure.ai.openai',
      bedrock: 'aws.bedrock',
      groq: 'groq',
      mistral: 'mistral_ai',
      perplexity: 'perplexity',
      deepseek: 'deepseek',
      cohere: 'cohere',
      gemini: 'gcp.gemini',
      xai: 'x_ai',
      anthropic: 'anthropic',
      together: 'together',
      fireworks: 'fireworks',
      cerebras: 'cerebras',
      openrouter: 'openrouter',
      ollama: 'ollama',
      vllm: 'vllm',
      lmstudio: 'lmstudio',
      compatible: undefined,
    })
  })

  test.each(Object.entries(PRESETS))(
    '%s has an address or says who has it, and a variable for the key that it needs',
    (_name, preset) => {
      if (preset.baseUrl === undefined) expect(['azure', 'bedrock', 'openai']).toContain(preset.client)
      else expect(new URL(preset.baseUrl).protocol).toBe(preset.isKeyRequired ? 'https:' : 'http:')
      if (preset.isKeyRequired) expect(preset.keyVariable).toMatch(/^[A-Z_]+$/)
    },
  )

  test.each(Object.entries(PRESETS))('%s says one thing only about each param', (_name, { dialect }) => {
    const renamed = Object.keys(dialect.renamedParams ?? {})
    const all = [...dialect.dropParams, ...dialect.unsupportedParams, ...renamed]
    expect(all.length).toBe(new Set(all).size)
  })
})
