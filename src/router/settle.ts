import type { AttemptRecord } from '../core/attempt-record.ts'
import { CallAborted } from '../core/abort.ts'
import { errorTypeOf, FAILURE_RULES, type ErrorType } from '../core/failure-kind.ts'
import type { LlmError } from '../core/llm-error.ts'
import { sumCosts } from '../core/money.ts'
import type { CallOutcome, Settlement, UsageTotal } from '../core/settlement.ts'

/** What a finished call leaves behind; everything else about it is computed. */
export type CallFacts = Pick<
  Settlement,
  | 'callId'
  | 'traceId'
  | 'spanId'
  | 'operation'
  | 'plan'
  | 'caller'
  | 'route'
  | 'requestedModel'
  | 'error'
  | 'records'
  | 'inputEstimate'
  | 'skipped'
  | 'startedAtMs'
  | 'latencyMs'
  | 'retryWaitMs'
  | 'timeToFirstTokenMs'
  | 'isStreamed'
  | 'isOverhead'
  | 'metadata'
>

/** The one settlement of a call, from its facts. Pure. */
export function settle(facts: CallFacts): Settlement {
  const { records, error } = facts
  // A success that came after the call had ended (a deadline just passed) was billed but answers nobody; so was a stream
  // that broke after its commit.
  const final = error === undefined ? records.findLast((record) => record.outcome === 'success') : undefined
  const unused = records.filter((record) => record !== final)
  return {
    ...facts,
    outcome: outcomeOf(facts, final),
    errorType: error === undefined ? undefined : callErrorType(error, records),
    final,
    attemptCount: records.length,
    retryCount: records.filter((record) => record.reason === 'retry').length,
    fallbackDepth: fallbackDepthOf(records),
    hedgeCount: records.filter(isHedge).length,
    usage: sumUsage(records),
    cost: sumCosts(records.map((record) => record.cost)),
    wasted: sumCosts(unused.map((record) => record.cost)),
  }
}

function fallbackDepthOf(records: readonly AttemptRecord[]): number {
  const targets = new Set(records.filter((record) => !isHedge(record)).map(({ target }) => target.id))
  return Math.max(0, targets.size - 1)
}

function isHedge({ reason }: AttemptRecord): boolean {
  return reason === 'hedge'
}

function outcomeOf(facts: CallFacts, final: AttemptRecord | undefined): CallOutcome {
  const { error, records, plan } = facts
  if (error === undefined) return final?.target === plan?.preferred ? 'success' : 'degraded'
  if (error instanceof CallAborted) return 'cancelled'
  return records.length === 0 ? 'refused' : 'exhausted'
}

function callErrorType(error: LlmError, records: readonly AttemptRecord[]): ErrorType {
  if (error instanceof CallAborted) {
    return error.abortCause === 'abandoned' ? 'stream_abandoned' : 'cancelled'
  }
  switch (error.code) {
    case 'budget_exceeded':
    case 'no_candidate':
      return error.code
    case 'overloaded':
    case 'router_closed':
      return 'overloaded'
    case 'internal':
      return '_OTHER'
    case 'stream_interrupted':
      // Nobody else could be asked any more, so what broke the one stream is what ended the call.
      return lastErrorType(records) ?? error.code
    default:
      return givenUpOn(records) ?? (records.length === 0 ? `${error.status}` : 'exhausted')
  }
}

/** The error type of a failure that ends a call by its kind: more telling than `exhausted`. */
function givenUpOn(records: readonly AttemptRecord[]): ErrorType | undefined {
  const kind = records.at(-1)?.failure?.kind
  if (kind === undefined || FAILURE_RULES[kind].then !== 'give-up') return undefined
  return lastErrorType(records)
}

function lastErrorType(records: readonly AttemptRecord[]): ErrorType | undefined {
  const failure = records.at(-1)?.failure
  return failure && errorTypeOf(failure)
}

function sumUsage(records: readonly AttemptRecord[]): UsageTotal {
  let inputTokens: number | undefined
  let outputTokens: number | undefined
  for (const { usage } of records) {
    if (usage === undefined) continue
    inputTokens = (inputTokens ?? 0) + usage.inputTokens
    outputTokens = (outputTokens ?? 0) + usage.outputTokens
  }
  return { inputTokens, outputTokens }
}
