import { describe, expect, test } from 'vitest'
import { HINT_NAMES, takeHints } from '../../../src/endpoints/hints.ts'

const rules = { allowed: new Set(HINT_NAMES), timeoutMaxMs: 60_000 }

describe('hints', () => {
  test('are all known in headers and in metadata', () => {
    const headers = {
      'x-llm-tier': 'premium',
      'x-llm-task': 'coding',
      'x-llm-feature': 'search',
      'x-llm-max-cost-usd': '0.05',
      'x-llm-max-latency-ms': '900',
      'x-llm-timeout': '5000',
      'x-llm-after-cut': 'buffer',
    }
    const options = {
      tier: 'premium',
      task: 'coding',
      feature: 'search',
      maxCostUsd: 0.05,
      maxLatencyMs: 900,
      timeout: 5000,
      afterCut: 'buffer',
    }
    const metadata = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.slice(2).replaceAll('-', '_'), value]),
    )
    expect(takeHints(headers, { messages: [] }, rules)).toEqual({ options, body: { messages: [] } })
    expect(takeHints({}, { messages: [], metadata }, rules)).toEqual({ options, body: { messages: [] } })
  })

  test('in a header win over metadata, and may shorten a call only', () => {
    const body = { metadata: { llm_tier: 'cheap', llm_timeout: 70_000, own: 'x' } }
    expect(takeHints({ 'x-llm-tier': 'premium' }, body, rules)).toEqual({
      options: { tier: 'premium', timeout: 60_000 },
      body: { metadata: { own: 'x' } },
    })
  })

  test('leave every other body as it is', () => {
    for (const body of [undefined, null, 7, [], {}, { metadata: null }, { metadata: { own: 'x' } }])
      expect(takeHints({ 'x-other': 'y' }, body, rules)).toEqual({ options: {}, body })
  })
})
