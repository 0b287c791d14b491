import type { CallAttempt, CallDetail, CallEntry, CallsReport } from '../core/costs.ts'
import { COST_STATUS } from './cost-figure-schemas.ts'
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
  USD,
} from './json-schema.ts'

const NAMES = {
  user: optional(TEXT),
  tenant: optional(TEXT),
  feature: optional(TEXT),
  route: optional(TEXT),
  tier: optional(TEXT),
  task: optional(TEXT),
}

const ENTRY = {
  callId: TEXT,
  at: MOMENT,
  operation: choice('chat', 'embeddings'),
  outcome: choice('success', 'degraded', 'refused', 'exhausted', 'cancelled'),
  isStreamed: FLAG,
  isOverhead: said('The router’s own request.', FLAG),
  ...NAMES,
  requestedModel: optional(TEXT),
  target: optional(said('Who answered, else who was asked last: `instance/model`.', TEXT)),
  errorType: optional(TEXT),
  errorCode: optional(TEXT),
  attempts: COUNT,
  inputTokens: optional(COUNT),
  outputTokens: optional(COUNT),
  costUsd: optional(USD),
  costStatus: COST_STATUS,
  wastedUsd: optional(said('Attempts whose answer was not used, USD.', USD)),
  latencyMs: optional(MS),
  timeToFirstTokenMs: optional(MS),
  traceId: optional(TEXT),
  traceUrl: optional({ type: 'string', format: 'uri' }),
}

const ATTEMPT = object<CallAttempt>({
  number: COUNT,
  target: optional(TEXT),
  provider: optional(TEXT),
  reason: optional(choice('initial', 'retry', 'fallback', 'hedge')),
  outcome: optional(choice('success', 'failed', 'rejected', 'cancelled', 'hedge_lost')),
  purpose: choice('answer', 'wasted', 'hedge', 'shadow', 'overhead'),
  errorKind: optional(TEXT),
  errorType: optional(TEXT),
  startMs: said('From the call’s first attempt to the begin of this one, ms.', MS),
  latencyMs: MS,
  timeToFirstChunkMs: optional(MS),
  queuedMs: optional(MS),
  retryDelayMs: optional(MS),
  inputTokens: optional(COUNT),
  outputTokens: optional(COUNT),
  cacheReadTokens: optional(COUNT),
  cacheWriteTokens: optional(COUNT),
  reasoningTokens: optional(COUNT),
  systemTokens: optional(COUNT),
  toolTokens: optional(COUNT),
  costUsd: optional(USD),
  costStatus: choice('exact', 'estimated', 'free', 'unpriced'),
  costSource: optional(choice('provider', 'config', 'catalog')),
  priceVersion: optional(TEXT),
  spanId: optional(TEXT),
})

const DETAIL = object<CallDetail>({
  ...ENTRY,
  decision: optional(said('Which rule decided.', TEXT)),
  complexity: optional(TEXT),
  confidence: optional(SHARE),
  propensity: optional(SHARE),
  attemptList: list(reference('CallAttempt')),
})

const REPORT = object<CallsReport>({
  calls: list(reference('CallEntry')),
  next: optional(said('Give it back as `before`; absent on the last page.', TEXT)),
})

export const CALL_SCHEMAS = {
  CallEntry: object<CallEntry>(ENTRY),
  CallAttempt: ATTEMPT,
  CallDetail: DETAIL,
  CallsReport: REPORT,
}
