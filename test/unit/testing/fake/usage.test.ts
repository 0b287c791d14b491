import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  fakePromptTokens,
  fakeTokensOf,
  fromCompletionUsage,
  toCompletionUsage,
} from '../../../../src/testing/fake/usage.ts'

test('takes four characters for a token, and never tells zero', () => {
  expect([fakeTokensOf(''), fakeTokensOf('abcd'), fakeTokensOf('abcde')]).toEqual([1, 1, 2])
})

test('counts the text of messages and parts, and no images', () => {
  const messages = [
    { role: 'system' as const, content: 'x'.repeat(40) },
    {
      role: 'user' as const,
      content: [
        { type: 'text' as const, text: 'y'.repeat(40) },
        { type: 'image_url' as const, image_url: { url: 'data:'.padEnd(5000, 'z') } },
      ],
    },
  ]
  expect(fakePromptTokens({ messages })).toBe(20)
  expect(fakePromptTokens({ input: ['x'.repeat(40), 'y'.repeat(40)] })).toBe(20)
})

test('leaves out what is not known', () => {
  expect(toCompletionUsage({ promptTokens: 3, completionTokens: 4 })).toEqual({
    prompt_tokens: 3,
    completion_tokens: 4,
    total_tokens: 7,
  })
})

test('reads back the usage that it writes', () => {
  const count = fc.nat()
  const optional = {
    requiredKeys: ['promptTokens', 'completionTokens'] as ['promptTokens', 'completionTokens'],
  }
  const usage = fc.record(
    {
      promptTokens: count,
      completionTokens: count,
      cachedTokens: count,
      cacheWriteTokens: count,
      reasoningTokens: count,
    },
    optional,
  )
  fc.assert(
    fc.property(usage, (usage) => {
      expect(fromCompletionUsage(toCompletionUsage(usage))).toEqual(usage)
    }),
  )
})
