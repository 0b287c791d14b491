import { parseOptions } from '../config/parse.ts'
import type { RouterOptions } from '../config/options.ts'
import type { BudgetsReport, CallDetail, CallsReport, CostsReport } from '../core/costs.ts'
import type { CallsQuery, CostsQuery, ExportQuery } from '../core/report-query.ts'
import { guardedLogger } from '../core/logger.ts'
import type { TargetHealthReport } from '../core/target-health.ts'
import { createTransport } from '../providers/transport.ts'
import type { LimitReport } from '../resilience/limits.ts'
import { outsideRequests } from '../router/outside-requests.ts'
import { startProbes } from '../router/probes.ts'
import type { RouterState } from '../router/router-state.ts'
import { createState } from './create-state.ts'
import { createClose, type CloseOptions } from './draining.ts'
import { createLlm, type Llm } from './llm.ts'
import { watchRouter } from './misuse.ts'
import { createReports } from './reports.ts'

/** The call surface without a request, for jobs and scripts; `llm(router)` shares it with an app. */
export interface Router extends Llm {
  /**
   * Takes no more calls at once, lets those under way end for as long as `timeoutMs` says (streams and detached calls
   * too; without it not at all), ends the rest with `router_closed`, then closes all sockets. Once more, it ends what is
   * left within the shorter of the limits. Resolves when every call has settled. See `docs/shutdown.md`.
   *
   * @throws LlmError `config_invalid` for a wrong `timeoutMs`; nothing is closed then
   */
  close(options?: CloseOptions): Promise<void>
  /** For readiness checks: false from the first `close()` on. */
  readonly isReady: boolean
  /**
   * How each target that has been asked is doing at this moment: whether it is asked as usual, probed or left alone, until
   * when, and who said so. Plain data, to be shown on a status page; see `docs/health.md`.
   */
  health(): readonly TargetHealthReport[]
  /**
   * How each limit that has been asked stands at this moment: what is under way, what the last minute holds, who waits.
   * Plain data; see `docs/limits.md`.
   */
  limits(): readonly LimitReport[]
  /**
   * What a time has cost: in all, and by model, user, route or whatever is asked, as one sum or as a series. The last 24 hours
   * unless `from` and `to` say otherwise. What the cost API answers; see `docs/cost-api.md`.
   *
   * @throws LlmError `invalid_params` for a wrong query, `ledger_unavailable` where the ledger cannot be read
   */
  costs(query?: CostsQuery): Promise<CostsReport>
  /**
   * Single calls, the newest first, page by page.
   *
   * @throws LlmError `invalid_params`, `ledger_unavailable`
   */
  calls(query?: CallsQuery): Promise<CallsReport>
  /**
   * One call with its attempts; undefined where the ledger does not know it, or does not keep it any more.
   *
   * @throws LlmError `ledger_unavailable`
   */
  call(callId: string): Promise<CallDetail | undefined>
  /**
   * How budgets stand at this moment: the 100 fullest of those that this process has lately had to do with, the fullest first.
   * Plain data, USD; see `docs/budgets.md`.
   */
  budgets(): Promise<BudgetsReport>
  /**
   * The rows of the ledger as text, the oldest first, in pieces of whole lines: CSV, or a JSON text in each line. Read as fast
   * as it is taken.
   *
   * @throws LlmError `invalid_params` at once; `ledger_unavailable` while it is read
   */
  export(query?: ExportQuery): AsyncIterableIterator<string>
}

const states = new WeakMap<Router, RouterState>()

/**
 * Creates a router. Make one, when the app starts.
 *
 * @throws LlmError `config_invalid` naming every wrong option
 */
export function createRouter<Req>(options: RouterOptions<Req>): Router {
  const parsed = parseOptions(options)
  const config = { ...parsed, logger: guardedLogger(parsed.logger) }
  const forget = watchRouter(config.logger)
  const transport = createTransport(config.transport)
  const state = createState(config, transport)
  const llm = createLlm({ state, binding: outsideRequests, totals: state.totals, bound: {} })
  const stopProbes = startProbes(state)
  const close = createClose(state, async () => {
    forget()
    stopProbes()
    state.telemetry.close()
    await state.budgets.close()
    await state.ledger.close()
    await state.limits.close()
    state.store?.close()
    state.loopLag.close()
    await Promise.all([...state.adapters.values()].map((adapter) => adapter.close()))
    await transport.close()
  })
  const reports = createReports(state)
  const router: Router = Object.assign(llm, {
    health: () => state.health.report(),
    limits: () => state.limits.report(),
    costs: (query?: CostsQuery) => reports.costs(query),
    calls: (query?: CallsQuery) => reports.calls(query),
    call: (callId: string) => reports.call(callId),
    budgets: () => reports.budgets(),
    export: (query?: ExportQuery) => reports.export(query),
    close,
    isReady: true,
  })
  Object.defineProperty(router, 'isReady', { get: () => !state.isClosed })
  states.set(router, state)
  return router
}

/** Is this a router made by `createRouter` (of this copy of the package)? */
export function isRouter(value: object): value is Router {
  return states.has(value as Router)
}

/** The inside of a router, for the rooms above. */
export function stateOf(router: Router): RouterState {
  const state = states.get(router)
  if (state === undefined) throw new TypeError('not a router of this copy of express-llm')
  return state
}
