import { expect, test } from 'vitest'
import type { Target } from '../../../src/core/target.ts'
import type { CallOptions } from '../../../src/router/call-options.ts'
import type { OpenCall } from '../../../src/router/open-call.ts'
import { streamLimits } from '../../../src/router/stream-limits.ts'
import { aTarget } from '../../support/targets.ts'

interface Given {
  readonly options?: CallOptions
  readonly target?: Partial<Target>
  readonly inputTokens?: number
  readonly hasAlternative?: boolean
}

function limits({ options = {}, target, inputTokens = 100, hasAlternative = true }: Given = {}) {
  const call = { options, plan: { inputTokensEstimate: inputTokens } } as OpenCall
  const step = {
    target: aTarget('a/one', target),
    reason: 'initial',
    retryDelayMs: 0,
    hasAlternative,
  } as const
  return streamLimits(call, step)
}

const beginning = { hasContent: false, isCommitted: false, elapsedMs: 0 }

test('the first token is waited for twelve seconds, and longer for a long prompt', () => {
  expect(limits().toAnswerMs).toBe(12_000)
  expect(limits({ inputTokens: 35_000 }).toAnswerMs).toBe(15_000)
})

test('where nobody else is left, only the attempt has a limit', () => {
  expect(limits({ hasAlternative: false }).toAnswerMs).toBe(120_000)
})

test('a limit that somebody asked for holds at the last target too, as it was asked for', () => {
  const asked = { firstToken: { timeoutMs: 500, isDefault: false } }
  expect(limits({ target: asked, hasAlternative: false, inputTokens: 50_000 }).toAnswerMs).toBe(500)
  expect(
    limits({ options: { firstTokenTimeoutMs: 70 }, target: asked, hasAlternative: false }).toAnswerMs,
  ).toBe(70)
})

test('the time that is gone counts', () => {
  const patience = limits().patience({ ...beginning, elapsedMs: 11_000 })
  expect(patience).toEqual({ ms: 1_000, message: 'a gave no first token within 12000 ms' })
  expect(limits().patience({ ...beginning, elapsedMs: 99_000 }).ms).toBe(0)
})

test('the attempt’s own limit may be the shorter one', () => {
  const { toAnswerMs, patience } = limits({ options: { attemptTimeoutMs: 300 } })
  expect(toAnswerMs).toBe(300)
  expect(patience(beginning)).toEqual({ ms: 300, message: 'a did not answer within 300 ms' })
})

test('after the first content silence counts, and until the commit point the attempt', () => {
  const { patience } = limits({ target: { betweenTokensTimeoutMs: 5_000, attemptTimeoutMs: 20_000 } })
  const held = { hasContent: true, isCommitted: false }
  expect(patience({ ...held, elapsedMs: 1_000 })).toEqual({ ms: 5_000, message: 'a fell silent for 5000 ms' })
  expect(patience({ ...held, elapsedMs: 18_000 }).ms).toBe(2_000)
  expect(patience({ hasContent: true, isCommitted: true, elapsedMs: 900_000 }).ms).toBe(5_000)
})
