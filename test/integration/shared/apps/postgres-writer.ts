/** A process that writes batches into a ledger in PostgreSQL, and tells of each that is safe. */
import { postgresLedger, type LedgerRow } from 'express-llm/postgres'

const { DATABASE_URL, SCHEMA = 'llm', NAME = 'one', BATCHES = '10', ROWS = '10' } = process.env
const store = postgresLedger(DATABASE_URL, { schema: SCHEMA })
/** All processes write into the same two hours. */
const HOURS_MS = [Date.UTC(2026, 2, 10, 12), Date.UTC(2026, 2, 10, 13)]

function aRow(callId: string, index: number): LedgerRow {
  return {
    id: `${callId}/1`,
    callId,
    attempt: 1,
    kind: 'attempt',
    purpose: 'answer',
    isCall: true,
    atMs: HOURS_MS[index % 2] ?? 0,
    operation: 'chat',
    isStreamed: false,
    callOutcome: 'success',
    isUsageEstimated: false,
    costStatus: 'exact',
    costNanoUsd: 1_000,
    latencyMs: 100,
    // In another order in each process: who locks as it comes locks the others out.
    user: `user-${NAME.length % 2 === 0 ? index % 7 : 6 - (index % 7)}`,
  }
}

await store.open('UTC')
console.log('open')
for (let batch = 1; batch <= Number(BATCHES); batch++) {
  const rows = Array.from({ length: Number(ROWS) }, (_, index) => aRow(`${NAME}-${batch}-${index}`, index))
  await store.append(rows)
  console.log(`safe ${batch}`)
}
await store.close()
console.log('done')
