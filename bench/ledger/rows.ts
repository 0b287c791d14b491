/** Rows as an app with many users makes them: the same for the same seed. */
import type { LedgerRow } from '../../src/core/ledger-row.ts'
import { createCallId } from '../../src/router/call-id.ts'
import { createDice } from '../random.ts'

const USERS = 20_000
const TENANTS = 300
const MODELS = [
  ['openai', 'openai/gpt-5-mini'],
  ['openai', 'openai/gpt-5'],
  ['openai', 'openai/gpt-5-nano'],
  ['anthropic', 'anthropic/claude-haiku-4-5'],
  ['anthropic', 'anthropic/claude-sonnet-5'],
  ['anthropic', 'anthropic/claude-opus-5'],
  ['gcp.gemini', 'google/gemini-3-flash'],
  ['gcp.gemini', 'google/gemini-3-pro'],
  ['mistral_ai', 'mistral/mistral-large'],
  ['groq', 'groq/llama-4-scout'],
] as const
const ROUTES = Array.from({ length: 15 }, (_, index) => `POST /api/feature-${index}/:id`)
const FEATURES = ['summary', 'chat', 'search', 'translate', 'extract', 'title', 'classify', 'agent']
const TIERS = ['fast', 'smart', 'deep']
const TASKS = ['chat', 'code', 'extract', 'translate', 'reason']
const COMPLEXITIES = ['simple', 'moderate', 'hard']

/** Who asks once in a long while: for questions about somebody rare. */
export const RARE_USER = 'user-rare'
const RARE_EVERY = 50_000

export interface RowMaker {
  /** Rows of one span of time, in order. */
  next(count: number, span: { readonly fromMs: number; readonly toMs: number }): LedgerRow[]
}

export function createRowMaker(seed: number): RowMaker {
  const dice = createDice(seed)
  const random = (): number => dice.next()
  let made = 0
  // Few users ask much, and many a little.
  const few = (of: number): number => Math.floor(of * random() ** 3)
  const one = <T>(list: readonly T[]): T => list[few(list.length)] as T
  const hex = (length: number): string =>
    Array.from({ length: length / 8 }, () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('')
  function callRows(atMs: number): LedgerRow[] {
    const callId = createCallId(atMs)
    const [provider, target] = one(MODELS)
    const user = few(USERS)
    const isFallback = random() < 0.04
    const cost = Math.floor(1_000_000 * random() ** 2) + 10_000
    const latencyMs = 300 + 4_000 * random() ** 2
    const common = {
      callId,
      kind: 'attempt',
      traceId: hex(32),
      operation: 'chat',
      isStreamed: random() < 0.5,
      user: made % RARE_EVERY === 0 ? RARE_USER : `user-${user}`,
      tenant: `tenant-${user % TENANTS}`,
      feature: one(FEATURES),
      route: one(ROUTES),
      tier: one(TIERS),
      task: one(TASKS),
      complexity: one(COMPLEXITIES),
      confidence: random(),
      propensity: 1,
      decision: 'tier',
      requestedModel: 'fast',
      isUsageEstimated: false,
      costSource: 'catalog',
      priceVersion: '@pydantic/genai-prices 0.1.8',
      callOutcome: isFallback ? 'degraded' : 'success',
    } as const
    const answer: LedgerRow = {
      ...common,
      id: `${callId}/${isFallback ? 2 : 1}`,
      attempt: isFallback ? 2 : 1,
      purpose: 'answer',
      isCall: true,
      spanId: hex(16),
      atMs: isFallback ? atMs + 900 : atMs,
      target,
      provider,
      model: target.slice(target.indexOf('/') + 1),
      responseModel: `${target.slice(target.indexOf('/') + 1)}-2026-01-01`,
      reason: isFallback ? 'fallback' : 'initial',
      outcome: 'success',
      inputTokens: Math.floor(4_000 * random()) + 50,
      outputTokens: Math.floor(800 * random()) + 5,
      cacheReadTokens: Math.floor(1_000 * random()),
      reasoningTokens: Math.floor(200 * random()),
      systemTokens: 220,
      toolTokens: 140,
      costNanoUsd: cost,
      costStatus: 'exact',
      baseline: 'openai/gpt-5',
      baselineNanoUsd: cost * 3,
      latencyMs,
      timeToFirstChunkMs: latencyMs / 4,
      queuedMs: 0,
      retryDelayMs: 0,
      callLatencyMs: isFallback ? latencyMs + 900 : latencyMs,
    }
    if (!isFallback) return [answer]
    const [failedProvider, failedTarget] = one(MODELS)
    const failed: LedgerRow = {
      ...common,
      id: `${callId}/1`,
      attempt: 1,
      purpose: 'wasted',
      isCall: false,
      spanId: hex(16),
      atMs,
      target: failedTarget,
      provider: failedProvider,
      model: failedTarget.slice(failedTarget.indexOf('/') + 1),
      reason: 'initial',
      outcome: 'failed',
      errorKind: 'overloaded',
      costNanoUsd: 0,
      costStatus: 'free',
      latencyMs: 900,
      queuedMs: 0,
      retryDelayMs: 0,
    }
    return [failed, answer]
  }

  return {
    next(count, { fromMs, toMs }) {
      const rows: LedgerRow[] = []
      while (rows.length < count) {
        made += 1
        rows.push(...callRows(Math.floor(fromMs + ((toMs - fromMs) * rows.length) / count)))
      }
      return rows.slice(0, count)
    },
  }
}
