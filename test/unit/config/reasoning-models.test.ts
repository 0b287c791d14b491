import { expect, test } from 'vitest'
import { isReasoningName } from '../../../src/config/reasoning-models.ts'

test.each([
  'o1',
  'o3-mini',
  'o4-mini-2025-04-16',
  'gpt-5',
  'gpt-5.5-pro',
  'openai/gpt-5-mini',
  'deepseek-reasoner',
  'us.deepseek.deepseek-r1-v1:0',
  'grok-4-fast-reasoning',
  'sonar-deep-research',
  'magistral-medium-latest',
  'accounts/fireworks/models/kimi-k2-thinking',
  'Qwen/QwQ-32B',
])('%s is a reasoning model', (model) => {
  expect(isReasoningName(model)).toBe(true)
})

test.each([
  'gpt-4o',
  'gpt-4.1-mini',
  'gpt-5-chat-latest',
  'gpt-oss-20b',
  'grok-4-fast-non-reasoning',
  'deepseek-chat',
  'claude-sonnet-4-6',
  'llama-o1ympus',
  'o-series',
  'text-embedding-3-small',
])('%s is none', (model) => {
  expect(isReasoningName(model)).toBe(false)
})
