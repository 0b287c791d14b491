import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LedgerRow } from '../core/ledger-row.ts'
import { NANO_PER_USD } from '../core/money.ts'
import { csvLine } from './csv.ts'
import { EXPORT_PARAMS, type ReadParams } from './query-param.ts'
import { readLedger } from './read-ledger.ts'
import type { ReportSource } from './report-source.ts'
import { wrongOrder } from './wrong-param.ts'

export type ReadExportQuery = ReadParams<typeof EXPORT_PARAMS>

const PAGE_ROWS = 500

/** Columns of CSV, in the order in which they stay; further ones come at the end. */
const COLUMNS: Readonly<Record<keyof LedgerRow, true>> = {
  id: true,
  callId: true,
  attempt: true,
  kind: true,
  purpose: true,
  isCall: true,
  traceId: true,
  spanId: true,
  atMs: true,
  operation: true,
  isStreamed: true,
  user: true,
  tenant: true,
  feature: true,
  route: true,
  tier: true,
  task: true,
  complexity: true,
  confidence: true,
  propensity: true,
  decision: true,
  requestedModel: true,
  target: true,
  provider: true,
  model: true,
  responseModel: true,
  reason: true,
  outcome: true,
  callOutcome: true,
  errorKind: true,
  errorType: true,
  errorCode: true,
  inputTokens: true,
  outputTokens: true,
  cacheReadTokens: true,
  cacheWriteTokens: true,
  reasoningTokens: true,
  isUsageEstimated: true,
  systemTokens: true,
  toolTokens: true,
  costNanoUsd: true,
  costStatus: true,
  costSource: true,
  priceVersion: true,
  savedNanoUsd: true,
  baseline: true,
  baselineNanoUsd: true,
  latencyMs: true,
  timeToFirstChunkMs: true,
  queuedMs: true,
  retryDelayMs: true,
  callLatencyMs: true,
  callTimeToFirstTokenMs: true,
}

const FIELDS = Object.keys(COLUMNS) as readonly (keyof LedgerRow)[]

/**
 * The ledger's rows as text, the oldest first, a page at a time: one is read when the one before it is taken.
 *
 * @throws LlmError `ledger_unavailable`, also in the middle
 */
export async function* exportRows(
  source: ReportSource,
  { format = 'csv', from: fromMs = 0, to }: ReadExportQuery,
): AsyncGenerator<string, void, undefined> {
  const nowMs = source.clock.now()
  const toMs = to ?? nowMs + 1
  if (fromMs >= toMs) throw wrongOrder(fromMs, to, nowMs)
  let after: LedgerRow | undefined
  let head = format === 'csv' ? csvLine(['at', 'costUsd', ...FIELDS]) : ''
  for (;;) {
    const place = after === undefined ? {} : { after: { atMs: after.atMs, id: after.id } }
    const read = { fromMs, toMs, limit: PAGE_ROWS, ...place }
    const rows = await readLedger(source, (store) => store.rows(read))
    yield head + rows.map(format === 'csv' ? csvRow : jsonRow).join('')
    head = ''
    after = rows.at(-1)
    if (rows.length < PAGE_ROWS) return
    // A store may answer at once, from memory: others want to be served, too.
    await nextTurn()
  }
}

function jsonRow(row: LedgerRow): string {
  return `${JSON.stringify(row)}\n`
}

function csvRow(row: LedgerRow): string {
  const { atMs, costNanoUsd } = row
  const costUsd = costNanoUsd === undefined ? undefined : costNanoUsd / NANO_PER_USD
  return csvLine([new Date(atMs).toISOString(), costUsd, ...FIELDS.map((field) => row[field])])
}
