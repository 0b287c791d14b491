import type { CostFigures, CostsGroup, CostsPoint, CostsReport, Savings } from '../core/costs.ts'
import { DIMENSIONS } from '../core/ledger-store.ts'
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
  TEXT,
  TEXT_OR_NULL,
  USD,
} from './json-schema.ts'

export const COST_STATUS = said(
  'exact: from real usage. estimated: tokens were estimated. partial: a part has no known price, and is not in the amount. ' +
    'free: nothing was billed. unpriced: no price is known, so there is no amount.',
  choice('exact', 'estimated', 'partial', 'free', 'unpriced'),
)

const LATENCY = object<NonNullable<CostFigures['latencyMs']>>({ p50: MS, p90: MS, p95: MS, p99: MS })

const SAVINGS = object<Savings>({
  baselineUsd: said('What the answers would have cost at the baseline, USD.', USD),
  savedUsd: said('That, less what they did cost and everything wasted and overhead, USD.', USD),
  comparedCalls: COUNT,
  uncomparedCalls: said('Answered calls of which one of the two prices is not known, and embeddings.', COUNT),
})

const FIGURES = {
  calls: COUNT,
  succeeded: COUNT,
  degraded: said('Answered, though not by the first target.', COUNT),
  refused: said('No attempt was made.', COUNT),
  exhausted: said('No target could answer.', COUNT),
  cancelled: COUNT,
  attempts: COUNT,
  failedAttempts: COUNT,
  retries: COUNT,
  fallbacks: COUNT,
  hedges: COUNT,
  cacheHits: COUNT,
  inputTokens: COUNT,
  outputTokens: COUNT,
  cacheReadTokens: COUNT,
  cacheWriteTokens: COUNT,
  reasoningTokens: COUNT,
  systemTokens: said('An estimate: the part of the input that system prompts are.', COUNT),
  toolTokens: said('An estimate: the part of the input that tool definitions are.', COUNT),
  costUsd: optional(said('All known amounts, USD. Absent where none is known.', USD)),
  costStatus: COST_STATUS,
  averageUsd: optional(said('Of a call, USD.', USD)),
  wastedUsd: said('Attempts whose answer was not used, USD.', USD),
  overheadUsd: said('The router’s own requests, USD.', USD),
  savedByCacheUsd: USD,
  unpricedAttempts: said('Attempts whose price is not known: they are in no amount.', COUNT),
  latencyMs: optional(said('Of answered calls, from a histogram. Absent without any.', LATENCY)),
  savings: optional(said('Absent where no baseline is named.', SAVINGS)),
}

export const COST_FIGURES = object<CostFigures>(FIGURES)

const GROUP = object<CostsGroup>({
  key: said('Null where calls have none (no user, no task).', TEXT_OR_NULL),
  ...FIGURES,
})

const POINT = object<CostsPoint>({
  start: MOMENT,
  end: MOMENT,
  total: reference('CostFigures'),
  groups: optional(said('With `by`: those that have anything.', list(reference('CostsGroup')))),
})

const REPORT = object<CostsReport>({
  from: said('Whole hours of the ledger’s time zone.', MOMENT),
  to: MOMENT,
  timeZone: TEXT,
  baseline: optional(TEXT),
  total: reference('CostFigures'),
  by: optional(choice(...DIMENSIONS.filter((dimension) => dimension !== 'all'))),
  groups: optional(said('The dearest first.', list(reference('CostsGroup')))),
  isCut: optional(said('There are more groups; the cheapest are left out.', FLAG)),
  interval: optional(choice('hour', 'day')),
  series: optional(said('Oldest first, without gaps, up to now.', list(reference('CostsPoint')))),
  isSeriesCut: optional(said('There are groups that no point tells of.', FLAG)),
})

export const COST_SCHEMAS = {
  CostFigures: COST_FIGURES,
  CostsGroup: GROUP,
  CostsPoint: POINT,
  CostsReport: REPORT,
}
