import { dateAt } from '../core/calendar.ts'
import type { BudgetsReport, CallDetail, CallsReport, CostsReport, HealthReport } from '../core/costs.ts'
import type { CallsQuery, CostsQuery, CostsTodayQuery, ExportQuery } from '../core/report-query.ts'
import { callReport, callsReport } from '../ledger/calls-report.ts'
import { collectCosts } from '../ledger/collect-costs.ts'
import { costsReport } from '../ledger/costs-report.ts'
import { exportRows } from '../ledger/export-rows.ts'
import { hoursKeptFromMs } from '../ledger/ledger-policy.ts'
import { CALLS_PARAMS, COSTS_PARAMS, EXPORT_PARAMS, TODAY_PARAMS } from '../ledger/query-param.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import { readParams } from '../ledger/read-params.ts'
import type { ReportSource } from '../ledger/report-source.ts'
import type { TraceUrl } from '../ledger/trace-url.ts'
import type { RouterState } from '../router/router-state.ts'

/** What a router tells of its ledger; the same functions answer the app and the cost API. */
export interface Reports {
  costs(query?: CostsQuery): Promise<CostsReport>
  costsToday(query?: CostsTodayQuery): Promise<CostsReport>
  calls(query?: CallsQuery): Promise<CallsReport>
  call(callId: string): Promise<CallDetail | undefined>
  budgets(): Promise<BudgetsReport>
  health(): HealthReport
  export(query?: ExportQuery): AsyncIterableIterator<string>
}

/** @param traceUrl makes the links to traces; without it there are none */
export function createReports(state: RouterState, traceUrl?: TraceUrl): Reports {
  const source = sourceOf(state)
  const { timeZone, clock } = source

  async function costs(query: CostsQuery = {}): Promise<CostsReport> {
    const read = readParams(COSTS_PARAMS, { ...query }, timeZone)
    const collected = await readLedger(source, (store, signal) =>
      collectCosts(source, read, { store, signal }),
    )
    return costsReport(collected, { query: read, timeZone, baseline: source.baseline })
  }

  return {
    costs,
    async costsToday(query = {}) {
      readParams(TODAY_PARAMS, { ...query }, timeZone)
      const today = dateAt(clock.now(), timeZone)
      return costs({ ...query, from: today, to: today })
    },
    async calls(query = {}) {
      const read = readParams(CALLS_PARAMS, { ...query }, timeZone)
      return readLedger(source, (store) => callsReport(store, read, traceUrl))
    },
    call: (callId) => readLedger(source, (store) => callReport(store, callId, traceUrl)),
    budgets: () => state.budgets.report(),
    health: () => ({
      isReady: !state.isClosed,
      targets: state.health.report(),
      ...(state.ledger.isOn ? { ledger: state.ledger.health() } : {}),
    }),
    export: (query = {}) => exportRows(source, readParams(EXPORT_PARAMS, { ...query }, timeZone)),
  }
}

const DAY_MS = 86_400_000

function sourceOf({ ledger, config }: RouterState): ReportSource {
  return {
    store: ledger.store,
    flush: () => ledger.flush(),
    timeZone: ledger.timeZone,
    baseline: ledger.baseline?.name,
    pricedModel: config.pricedModel,
    hoursFromMs: () => hoursKeptFromMs(config.ledger, config.clock.now()),
    rowsFromMs: () => config.clock.now() - config.ledger.retentionDays * DAY_MS,
    clock: config.clock,
  }
}
