import {
  CALLS_PARAMS,
  COSTS_PARAMS,
  EXPORT_PARAMS,
  NO_PARAMS,
  TODAY_PARAMS,
  type QueryParams,
} from '../ledger/query-param.ts'
import { readParams, type GivenParams } from '../ledger/read-params.ts'
import type { Reports } from '../surface/reports.ts'
import { notFound } from './http-refusal.ts'
import type { SCHEMAS } from './open-api-schemas.ts'

/** One thing that the cost API answers: what serves it, and what its description is made from. */
export interface CostRoute {
  /** `{id}` is one segment. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly params: QueryParams
  readonly schema: keyof typeof SCHEMAS
  /** @param id the segment of the path, where it has one */
  answer(reports: Reports, query: GivenParams, id: string): unknown
}

export const COST_ROUTES: readonly CostRoute[] = [
  {
    path: '/costs/today',
    operationId: 'getCostsToday',
    summary: 'What today has cost, in the ledger’s time zone',
    params: TODAY_PARAMS,
    schema: 'CostsReport',
    answer: (reports, query) => reports.costsToday(query),
  },
  {
    path: '/costs',
    operationId: 'getCosts',
    summary: 'What a time has cost; without params, the last 24 hours',
    params: COSTS_PARAMS,
    schema: 'CostsReport',
    answer: (reports, query) => reports.costs(query),
  },
  {
    path: '/calls',
    operationId: 'listCalls',
    summary: 'Single calls, the newest first',
    params: CALLS_PARAMS,
    schema: 'CallsReport',
    answer: (reports, query) => reports.calls(query),
  },
  {
    path: '/calls/{id}',
    operationId: 'getCall',
    summary: 'One call with its attempts',
    params: NO_PARAMS,
    schema: 'CallDetail',
    async answer(reports, query, id) {
      withoutParams(query)
      const call = await reports.call(id)
      if (call === undefined)
        throw notFound('The ledger does not know such a call, or does not keep it any more.')
      return call
    },
  },
  {
    path: '/budgets',
    operationId: 'listBudgets',
    summary: 'How budgets stand, the fullest first',
    params: NO_PARAMS,
    schema: 'BudgetsReport',
    answer(reports, query) {
      withoutParams(query)
      return reports.budgets()
    },
  },
  {
    path: '/health',
    operationId: 'getHealth',
    summary: 'How targets and the ledger are doing',
    params: NO_PARAMS,
    schema: 'HealthReport',
    answer(reports, query) {
      withoutParams(query)
      return reports.health()
    },
  },
]

/** Its answer is no JSON, and comes piece by piece. */
export const EXPORT_ROUTE = {
  path: '/export',
  operationId: 'exportLedger',
  summary: 'The rows of the ledger, the oldest first',
  params: EXPORT_PARAMS,
} as const

export const OPEN_API_PATH = '/openapi.json'

export function withoutParams(query: GivenParams): void {
  readParams(NO_PARAMS, query, 'UTC')
}
