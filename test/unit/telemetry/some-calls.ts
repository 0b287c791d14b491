import type { AttemptRecord, StreamFacts } from '../../../src/core/attempt-record.ts'
import type { Plan } from '../../../src/core/plan.ts'
import type { Settlement } from '../../../src/core/settlement.ts'
import { settle, type CallFacts } from '../../../src/router/settle.ts'
import { aRecord, aTarget } from '../../support/targets.ts'

export const FIRST = aTarget('azure-eu/gpt-4o', {
  provider: 'azure.ai.openai',
  server: { address: 'eu.openai.azure.com', port: 443 },
})
export const SECOND = aTarget('groq/llama')

export function aPlan(parts: Partial<Plan> = {}): Plan {
  return {
    requestedModel: undefined,
    tier: 'cheap',
    task: undefined,
    reason: 'config-default-tier',
    why: 'the default tier',
    strategy: 'in-order',
    steps: [FIRST, SECOND],
    preferred: FIRST,
    skipped: [],
    isLastResort: false,
    maxAttempts: 4,
    inputTokensEstimate: 10,
    ...parts,
  }
}

/** The settlement of a call with these records. */
export function aSettlement(records: readonly AttemptRecord[], parts: Partial<CallFacts> = {}): Settlement {
  return settle({
    callId: 'call-1',
    traceId: undefined,
    spanId: undefined,
    operation: 'chat',
    plan: aPlan(),
    caller: undefined,
    route: '/ask/:id',
    requestedModel: undefined,
    error: undefined,
    records,
    inputEstimate: undefined,
    skipped: [],
    startedAtMs: 1_700_000_000_000,
    latencyMs: 1500,
    retryWaitMs: 0,
    timeToFirstTokenMs: undefined,
    isStreamed: false,
    isOverhead: false,
    metadata: undefined,
    ...parts,
  })
}

/** The facts of a stream of 11 chunks in 1.2 s, the first after 200 ms. */
export function someFacts(parts: Partial<StreamFacts> = {}): StreamFacts {
  return {
    timeToFirstChunkMs: 200,
    timeToLastChunkMs: 1200,
    chunkCount: 11,
    malformedCount: 0,
    ...parts,
  }
}

/** A stream that broke after its commit, unless `parts` say otherwise. */
export function aBrokenStream(parts: Partial<AttemptRecord> = {}): AttemptRecord {
  return aRecord(FIRST, {
    outcome: 'failed',
    failure: { kind: 'stream-interrupted', wasSent: true, message: 'cut' },
    latencyMs: 31_000,
    usage: { inputTokens: 10, outputTokens: 4, isEstimated: true },
    cost: { amountNanoUsd: 700, status: 'estimated', source: 'catalog' },
    finishReasons: undefined,
    stream: someFacts(),
    ...parts,
  })
}

/** A first attempt that was refused with a 429. */
export function aRateLimited(parts: Partial<AttemptRecord> = {}): AttemptRecord {
  return aRecord(FIRST, {
    outcome: 'failed',
    failure: { kind: 'rate-limited', status: 429, retryAfterMs: 2500, wasSent: true, message: 'refused' },
    usage: undefined,
    cost: { amountNanoUsd: 0, status: 'free' },
    responseId: undefined,
    responseModel: undefined,
    finishReasons: undefined,
    ...parts,
  })
}
