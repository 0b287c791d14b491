import type { CallDetail, CallsReport } from '../core/costs.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import type { CallFilter, LedgerStore } from '../core/ledger-store.ts'
import { callDetail } from './call-detail.ts'
import { callEntry } from './call-entry.ts'
import { writeCursor } from './calls-cursor.ts'
import { CALLS_PARAMS, type ReadParams } from './query-param.ts'
import type { TraceUrl } from './trace-url.ts'
import { wrongOrder } from './wrong-param.ts'

export type ReadCallsQuery = ReadParams<typeof CALLS_PARAMS>

/**
 * One page of calls, the newest first.
 *
 * @throws LlmError `invalid_params`; whatever the store throws
 */
export async function callsReport(
  store: LedgerStore,
  { from, to, before, limit = CALLS_PARAMS.limit.fallback, ...filter }: ReadCallsQuery,
  traceUrl?: TraceUrl,
): Promise<CallsReport> {
  if (from !== undefined && to !== undefined && from >= to) throw wrongOrder(from, to, to)
  const times: CallFilter = {
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
  }
  const place = before === undefined ? {} : { before }
  // One more than a page tells whether there is another.
  const found = await store.calls({ ...filter, ...times, ...place, limit: limit + 1 })
  const page = found.slice(0, limit).filter(hasRows)
  const last = page.at(-1)?.[0]
  const isLast = found.length <= limit || last === undefined
  return {
    calls: page.map((rows) => callEntry(rows, traceUrl)),
    ...(isLast ? {} : { next: writeCursor({ atMs: last.atMs, id: last.id }) }),
  }
}

/** @returns undefined for a call that the ledger does not know (any more) */
export async function callReport(
  store: LedgerStore,
  callId: string,
  traceUrl?: TraceUrl,
): Promise<CallDetail | undefined> {
  const rows = await store.call(callId)
  return hasRows(rows) ? callDetail(rows, traceUrl) : undefined
}

function hasRows(rows: readonly LedgerRow[]): rows is readonly [LedgerRow, ...LedgerRow[]] {
  return rows.length > 0
}
