import type { AttemptRecord } from '../../src/core/attempt-record.ts'
import type { Target } from '../../src/core/target.ts'

/** A target for tests that need one but not a provider. */
export function aTarget(id: string, parts: Partial<Target> = {}): Target {
  const slash = id.indexOf('/')
  return {
    id,
    instance: id.slice(0, slash),
    provider: id.slice(0, slash),
    model: id.slice(slash + 1),
    priceProvider: undefined,
    priceModel: id.slice(slash + 1),
    price: undefined,
    contextWindowTokens: undefined,
    capabilities: {},
    attemptTimeoutMs: 120_000,
    firstToken: { timeoutMs: 12_000, isDefault: true },
    betweenTokensTimeoutMs: 30_000,
    limits: [],
    server: undefined,
    ...parts,
  }
}

/** The record of an answered attempt, unless `parts` say otherwise. */
export function aRecord(target: Target, parts: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    number: 1,
    reason: 'initial',
    target,
    outcome: 'success',
    failure: undefined,
    startedAtMs: 1_700_000_000_000,
    latencyMs: 10,
    retryDelayMs: 0,
    queuedMs: 0,
    usage: { inputTokens: 10, outputTokens: 5 },
    cost: { amountNanoUsd: 1000, status: 'exact', source: 'catalog' },
    responseId: 'chatcmpl-1',
    responseModel: target.model,
    finishReasons: ['stop'],
    upstreamRequestId: undefined,
    droppedParams: [],
    spanId: undefined,
    stream: undefined,
    ...parts,
  }
}
