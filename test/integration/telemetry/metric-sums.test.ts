import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AttemptRecord } from '../../../src/core/attempt-record.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import { METRIC } from '../../../src/telemetry/semconv.ts'
import { createTelemetry } from '../../../src/telemetry/telemetry.ts'
import { aRecord, aTarget } from '../../support/targets.ts'
import { aPlan, aSettlement } from '../../unit/telemetry/some-calls.ts'
import { aCapture, sumOf } from './captured.ts'

const TARGETS = [aTarget('a/one'), aTarget('b/two'), aTarget('b/three')]
const tokens = fc.nat(2_000_000)
const optionalTokens = fc.option(tokens, { nil: undefined })

const usages = fc
  .record({
    inputTokens: tokens,
    outputTokens: tokens,
    cacheReadTokens: optionalTokens,
    cacheWriteTokens: optionalTokens,
    reasoningTokens: optionalTokens,
  })
  .map(
    (usage) =>
      Object.fromEntries(
        Object.entries(usage).filter(([, value]) => value !== undefined),
      ) as unknown as NonNullable<AttemptRecord['usage']>,
  )

const costs = fc.oneof(
  fc.record({
    amountNanoUsd: fc.nat(10 ** 12),
    status: fc.constantFrom('exact' as const, 'estimated' as const),
  }),
  fc.constant({ amountNanoUsd: 0, status: 'free' as const }),
  fc.constant({ status: 'unpriced' as const }),
)

const records = fc.record({
  target: fc.constantFrom(...TARGETS),
  usage: fc.option(usages, { nil: undefined }),
  cost: costs,
  hasFailed: fc.boolean(),
})

const calls = fc.array(
  fc.record({ attempts: fc.array(records, { maxLength: 4 }), isAnswered: fc.boolean() }),
  { maxLength: 6 },
)

function attemptOf(
  facts: { readonly target: AttemptRecord['target'] } & Partial<AttemptRecord> & { hasFailed: boolean },
) {
  const { target, hasFailed, ...rest } = facts
  return aRecord(target, {
    ...rest,
    ...(hasFailed
      ? { outcome: 'failed', failure: { kind: 'server', status: 500, wasSent: true, message: 'no' } }
      : {}),
  })
}

function total(all: readonly AttemptRecord[], part: (record: AttemptRecord) => number | undefined): number {
  return all.reduce((sum, record) => sum + (part(record) ?? 0), 0)
}

test('the sums of the metrics are the sums of the records, whatever happened', async () => {
  const captured = await aCapture()
  const telemetry = createTelemetry(
    { enabled: true, semconv: 'both', draftCost: true, callerAttributes: false },
    '0.0.0',
    (message) => {
      throw new Error(message)
    },
  )
  await fc.assert(
    fc.asyncProperty(calls, async (made) => {
      captured.reset()
      const all: AttemptRecord[] = []
      for (const { attempts, isAnswered } of made) {
        const settled = attempts.map(attemptOf)
        const error = isAnswered
          ? {}
          : { error: new LlmError({ code: 'exhausted', status: 502, message: 'no' }) }
        const settlement = aSettlement(settled, error)
        telemetry
          .startCall({ ...settlement, plan: aPlan(), request: undefined, startedAtMs: Date.now() })
          .end(settlement)
        all.push(...settled)
      }
      expect(await sumOf(captured, METRIC.attemptCount)).toBe(all.length)
      expect(await sumOf(captured, METRIC.callAttempts)).toBe(all.length)
      for (const name of [METRIC.inferenceUsageInput, METRIC.inferenceInput]) {
        expect(await sumOf(captured, name)).toBe(total(all, ({ usage }) => usage?.inputTokens))
      }
      for (const name of [METRIC.inferenceUsageOutput, METRIC.inferenceOutput]) {
        expect(await sumOf(captured, name)).toBe(total(all, ({ usage }) => usage?.outputTokens))
      }
      expect(await sumOf(captured, METRIC.inferenceUsageCacheRead)).toBe(
        total(all, ({ usage }) => usage?.cacheReadTokens),
      )
      expect(await sumOf(captured, METRIC.inferenceUsageCacheWrite)).toBe(
        total(all, ({ usage }) => usage?.cacheWriteTokens),
      )
      expect(await sumOf(captured, METRIC.inferenceUsageReasoning)).toBe(
        total(all, ({ usage }) => usage?.reasoningTokens),
      )
      expect(await sumOf(captured, METRIC.tokenUsage)).toBe(
        total(all, ({ usage }) => usage && usage.inputTokens + usage.outputTokens),
      )
      expect(await sumOf(captured, METRIC.unpricedTokens)).toBe(
        total(all, ({ usage, cost }) =>
          cost.status === 'unpriced' && usage ? usage.inputTokens + usage.outputTokens : 0,
        ),
      )
      const spentUsd = total(all, ({ cost }) => cost.amountNanoUsd) / 1e9
      const shownUsd = await sumOf(captured, METRIC.costSpent)
      // Sums of floats: the law allows 1e-9 relative.
      expect(Math.abs(shownUsd - spentUsd)).toBeLessThanOrEqual(spentUsd * 1e-9)
    }),
    { numRuns: 60 },
  )
})
