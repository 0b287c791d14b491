import type { LedgerRow } from '../../src/core/ledger-row.ts'

/** 2026-03-10, a Tuesday, noon UTC. */
export const NOON_MS = Date.UTC(2026, 2, 10, 12)
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** A row with hardly anything in it, and what is said. Its id is made of its call and attempt. */
export function aRow({ callId = 'call-1', attempt = 1, ...parts }: Partial<LedgerRow> = {}): LedgerRow {
  return {
    id: `${callId}/${attempt}`,
    callId,
    attempt,
    kind: 'attempt',
    purpose: 'answer',
    isCall: true,
    atMs: NOON_MS,
    operation: 'chat',
    isStreamed: false,
    callOutcome: 'success',
    isUsageEstimated: false,
    costStatus: 'exact',
    costNanoUsd: 1_000,
    latencyMs: 100,
    ...parts,
  }
}

/** A row with everything that there is. */
export function aFullRow(parts: Partial<LedgerRow> = {}): LedgerRow {
  return aRow({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    isStreamed: true,
    user: 'ada',
    tenant: 'acme',
    feature: 'summary',
    route: 'POST /ask/:id',
    tier: 'fast',
    task: 'chat',
    complexity: 'simple',
    confidence: 0.9375,
    propensity: 0.1,
    decision: 'tier',
    requestedModel: 'fast',
    target: 'openai/gpt-5-mini',
    provider: 'openai',
    model: 'gpt-5-mini',
    responseModel: 'gpt-5-mini-2026-01-01',
    reason: 'fallback',
    outcome: 'failed',
    callOutcome: 'degraded',
    errorKind: 'overloaded',
    errorType: 'server_error' as never,
    errorCode: 'exhausted',
    inputTokens: 1_200,
    outputTokens: 340,
    cacheReadTokens: 1_000,
    cacheWriteTokens: 0,
    reasoningTokens: 64,
    isUsageEstimated: true,
    systemTokens: 150,
    toolTokens: 80,
    costNanoUsd: 123_456_789_012,
    costStatus: 'estimated',
    costSource: 'catalog',
    priceVersion: '@pydantic/genai-prices 0.1.8',
    savedNanoUsd: 5,
    baseline: 'openai/gpt-5',
    baselineNanoUsd: 1_000_000_000_001,
    latencyMs: 812.345678,
    timeToFirstChunkMs: 0.1,
    queuedMs: 0,
    retryDelayMs: 250.5,
    callLatencyMs: 1_900.25,
    callTimeToFirstTokenMs: 640.125,
    ...parts,
  })
}
