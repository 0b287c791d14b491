import type { BudgetReport, BudgetsReport, HealthReport, LedgerHealth } from '../core/costs.ts'
import type { TargetHealthReport } from '../core/target-health.ts'
import type { LlmProblem } from '../middleware/error-handler.ts'
import { CALL_SCHEMAS } from './call-schemas.ts'
import { COST_SCHEMAS } from './cost-figure-schemas.ts'
import {
  choice,
  COUNT,
  FLAG,
  list,
  MOMENT,
  MS,
  object,
  optional,
  reference,
  said,
  SHARE,
  TEXT,
  TEXT_OR_NULL,
  USD,
} from './json-schema.ts'

const BUDGET = object<BudgetReport>({
  budget: said('Its name in the config.', TEXT),
  per: TEXT,
  value: said('Whose it is.', TEXT_OR_NULL),
  window: choice('hour', 'day', 'month'),
  timeZone: TEXT,
  startsAt: MOMENT,
  endsAt: MOMENT,
  limitUsd: USD,
  spentUsd: USD,
  heldUsd: said('Reserved by calls under way, USD.', USD),
  share: said('Spent, as a share of the limit; 1 or more is all of it.', { type: 'number', minimum: 0 }),
  state: choice('ok', 'alert', 'degraded', 'exceeded'),
  isDryRun: FLAG,
})

const TARGET = object<TargetHealthReport>({
  target: TEXT,
  state: choice('closed', 'open', 'half-open', 'recovering'),
  failureRate: optional(SHARE),
  inFlight: COUNT,
  cooldown: optional(
    object<NonNullable<TargetHealthReport['cooldown']>>({
      cause: choice('retry-after', 'quota', 'auth', 'not-found'),
      endsInMs: MS,
    }),
  ),
  availableInMs: optional(MS),
})

const LEDGER = object<LedgerHealth>({
  store: TEXT,
  isUp: FLAG,
  queued: said('Rows that wait to be written.', COUNT),
  written: COUNT,
  dropped: said('Rows that are lost: the queue was full.', COUNT),
  failures: said('Writes that failed; each is tried again.', COUNT),
  lastError: optional(TEXT),
})

const PROBLEM = object<LlmProblem>({
  type: TEXT,
  title: TEXT,
  status: { type: 'integer' },
  detail: TEXT,
  code: TEXT,
  callId: optional(TEXT),
  param: optional(said('The param that is wrong.', TEXT)),
  reason: optional(said('Why the ledger cannot be read.', TEXT)),
})

export const SCHEMAS = {
  ...COST_SCHEMAS,
  ...CALL_SCHEMAS,
  BudgetReport: BUDGET,
  BudgetsReport: object<BudgetsReport>({ budgets: list(reference('BudgetReport')), isCut: FLAG }),
  TargetHealth: TARGET,
  LedgerHealth: LEDGER,
  HealthReport: object<HealthReport>({
    isReady: FLAG,
    targets: list(reference('TargetHealth')),
    ledger: optional(said('Absent where the router keeps none.', reference('LedgerHealth'))),
  }),
  Problem: PROBLEM,
}
