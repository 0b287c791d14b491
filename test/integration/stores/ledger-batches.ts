/** Batches of rows that may be in the ledger of anybody, some of them twice. */
import fc from 'fast-check'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import { aRow, HOUR_MS, NOON_MS } from '../../support/ledger-rows.ts'

const count = fc.integer({ min: 0, max: 5_000 })
const amount = fc.oneof(fc.integer({ min: 0, max: 10 ** 9 }), fc.constant(10 ** 13))
const name = fc.constantFrom('a', 'b', "o'neill", '<b>', 'ü', '__proto__', 'constructor')

/** Fields that a row may or may not have. */
const known = fc.record(
  {
    user: name,
    tenant: name,
    feature: name,
    route: name,
    tier: name,
    task: name,
    complexity: name,
    target: name,
    provider: name,
    reason: fc.constantFrom('initial', 'retry', 'fallback', 'hedge'),
    outcome: fc.constantFrom('success', 'failed', 'cancelled', 'hedge_lost'),
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    reasoningTokens: count,
    systemTokens: count,
    toolTokens: count,
    savedNanoUsd: amount,
    callLatencyMs: fc.double({ min: 0, max: 10 ** 6, noNaN: true }),
  },
  { requiredKeys: [] },
)

const priced = fc.oneof(
  fc.record({ costStatus: fc.constantFrom('exact', 'estimated', 'free'), costNanoUsd: amount }),
  fc.record({
    costStatus: fc.constant('exact'),
    costNanoUsd: amount,
    baseline: name,
    baselineNanoUsd: amount,
  }),
  fc.constant({ costStatus: 'unpriced', costNanoUsd: undefined }),
)

const row = fc
  .record({
    place: fc.record({
      callId: fc.constantFrom('one', 'two', 'three', 'four', 'five', 'six', 'seven'),
      attempt: fc.integer({ min: 0, max: 3 }),
    }),
    atMs: fc.integer({ min: NOON_MS, max: NOON_MS + 30 * HOUR_MS }),
    known,
    priced,
    facts: fc.record({
      kind: fc.constantFrom('attempt', 'refusal', 'cache-hit'),
      purpose: fc.constantFrom('answer', 'wasted', 'hedge', 'shadow', 'overhead'),
      isCall: fc.boolean(),
      callOutcome: fc.constantFrom('success', 'degraded', 'refused', 'exhausted', 'cancelled'),
    }),
  })
  .map(({ place, atMs, known, priced, facts }) => {
    const parts = { ...place, atMs, ...known, ...priced, ...facts } as Partial<LedgerRow>
    return Object.fromEntries(
      Object.entries(aRow(parts)).filter(([, value]) => value !== undefined),
    ) as unknown as LedgerRow
  })

/** The same id is the same row. */
export const ledgerBatches = fc
  .uniqueArray(row, { selector: ({ id }) => id, maxLength: 24 })
  .chain((rows) =>
    fc.tuple(fc.constant(rows), fc.array(fc.nat({ max: Math.max(0, rows.length - 1) }), { maxLength: 8 })),
  )
  .chain(([rows, again]) => {
    const all = [...rows, ...again.flatMap((index) => rows[index] ?? [])]
    return fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 6 }).map((sizes) => batches(all, sizes))
  })

function batches(rows: readonly LedgerRow[], sizes: readonly number[]): LedgerRow[][] {
  const made: LedgerRow[][] = []
  let from = 0
  for (const size of sizes) {
    made.push(rows.slice(from, from + size))
    from += size
  }
  return [...made, rows.slice(from)]
}
