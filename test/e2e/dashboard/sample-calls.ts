/** A month of an app's calls, made up but plausible; the same at every run. */
import type { CallAttempt, CallDetail } from '../../../src/core/costs.ts'

export const DAY_MS = 86_400_000
/** When the tests take place: a Saturday afternoon. */
export const NOW_MS = Date.UTC(2026, 10, 21, 15, 24, 10)
export const BASELINE = 'openai/gpt-4o'
/** Somebody tries what pages do with markup. */
export const HOSTILE_USER = '<img src=x onerror="window.hacked=1"><b>eve</b>'

interface Model {
  readonly target: string
  readonly provider: string
  /** USD per million tokens; absent where it is not known. */
  readonly prices?: readonly [input: number, output: number]
  readonly tokensPerSecond: number
  readonly failing: number
}

export const MODELS: readonly Model[] = [
  { target: 'openai/gpt-4o', provider: 'openai', prices: [2.5, 10], tokensPerSecond: 90, failing: 0.02 },
  {
    target: 'anthropic/claude-sonnet-4-6',
    provider: 'anthropic',
    prices: [3, 15],
    tokensPerSecond: 70,
    failing: 0.015,
  },
  {
    target: 'openai/gpt-4o-mini',
    provider: 'openai',
    prices: [0.15, 0.6],
    tokensPerSecond: 120,
    failing: 0.02,
  },
  {
    target: 'mistral/mistral-small-latest',
    provider: 'mistral_ai',
    prices: [0.1, 0.3],
    tokensPerSecond: 140,
    failing: 0.05,
  },
  {
    target: 'groq/openai/gpt-oss-20b',
    provider: 'groq',
    prices: [0.075, 0.3],
    tokensPerSecond: 700,
    failing: 0.09,
  },
  {
    target: 'gemini/gemini-2.5-flash',
    provider: 'gcp.gemini',
    prices: [0.3, 2.5],
    tokensPerSecond: 200,
    failing: 0.02,
  },
  {
    target: 'deepseek/deepseek-chat',
    provider: 'deepseek',
    prices: [0.28, 0.42],
    tokensPerSecond: 40,
    failing: 0.03,
  },
  { target: 'ollama/llama3.2', provider: 'ollama', tokensPerSecond: 30, failing: 0.01 },
]

const TIERS: Readonly<Record<string, readonly number[]>> = {
  premium: [0, 1],
  balanced: [5, 2, 6],
  cheap: [3, 4, 2],
  local: [7],
}

const ROUTES = [
  {
    route: 'POST /chat/:conversation/messages',
    tier: 'premium',
    task: 'chat',
    feature: 'assistant',
    weight: 34,
  },
  {
    route: 'POST /documents/:id/summary',
    tier: 'balanced',
    task: 'summarize',
    feature: 'documents',
    weight: 22,
  },
  { route: 'POST /tickets/:id/triage', tier: 'cheap', task: 'classify', feature: 'support', weight: 26 },
  { route: 'POST /search', tier: 'cheap', task: 'extract', feature: 'search', weight: 12 },
  { route: 'POST /redact', tier: 'local', task: undefined, feature: undefined, weight: 6 },
] as const

const USERS = [
  'ana@acme.example',
  'ben@acme.example',
  'cleo@globex.example',
  'dan@initech.example',
  'finn@initech.example',
  HOSTILE_USER,
  undefined,
]
const TENANTS = ['acme', 'acme', 'globex', 'initech', 'initech', 'umbrella', undefined]

/** A generator of numbers in [0, 1) that is the same every time (mulberry32). */
export function createChance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Calls of the 31 days up to `NOW_MS`, the newest first: more by day than by night, more in the week than at its end. */
export function sampleCalls(): readonly CallDetail[] {
  const chance = createChance(20_261_121)
  const calls: CallDetail[] = []
  for (let atMs = NOW_MS - 31 * DAY_MS; atMs < NOW_MS;) {
    calls.push(sampleCall(atMs, chance, `${calls.length}`))
    const date = new Date(atMs)
    const isWeekend = date.getUTCDay() % 6 === 0
    const busy =
      (0.12 + Math.sin(Math.max(0, (date.getUTCHours() - 6) / 15) * Math.PI) ** 2) * (isWeekend ? 0.55 : 1)
    atMs += Math.ceil((-Math.log(1 - chance()) * 110_000) / Math.max(0.1, busy))
  }
  return calls.toReversed()
}

export function sampleCall(atMs: number, chance: () => number, name: string): CallDetail {
  const place = pickPlace(chance)
  const who = Math.min(USERS.length - 1, Math.floor(chance() ** 1.7 * USERS.length))
  const [user, tenant] = [USERS[who], TENANTS[who]]
  const isRefused = chance() < 0.012
  const attemptList = isRefused ? [] : sampleAttempts(TIERS[place.tier] ?? [], chance)
  const last = attemptList.at(-1)
  const isAnswered = last?.outcome === 'success'
  const isCancelled = !isRefused && isAnswered && chance() < 0.015
  const isDegraded = isAnswered && attemptList.some(({ reason }) => reason === 'fallback')
  const costs = attemptList.map(({ costUsd }) => costUsd)
  const known = costs.filter((usd): usd is number => usd !== undefined)
  const isStreamed = place.task === 'chat'
  const id = (seed: number): string => createId(`${name}/${seed}`)
  return {
    callId: id(1),
    at: new Date(atMs).toISOString(),
    operation: 'chat',
    outcome: isRefused
      ? 'refused'
      : isCancelled
        ? 'cancelled'
        : !isAnswered
          ? 'exhausted'
          : isDegraded
            ? 'degraded'
            : 'success',
    isStreamed,
    isOverhead: false,
    ...(user === undefined ? {} : { user }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(place.feature === undefined ? {} : { feature: place.feature }),
    route: place.route,
    tier: place.tier,
    ...(place.task === undefined ? {} : { task: place.task }),
    requestedModel: place.tier,
    ...(last?.target === undefined ? {} : { target: last.target }),
    ...(isRefused ? { errorType: 'budget_exceeded', errorCode: 'budget_exceeded' } : {}),
    ...(!isAnswered && last?.errorType !== undefined
      ? { errorType: last.errorType, errorCode: 'exhausted' }
      : {}),
    attempts: attemptList.length,
    ...(last?.inputTokens === undefined ? {} : { inputTokens: last.inputTokens }),
    ...(last?.outputTokens === undefined ? {} : { outputTokens: last.outputTokens }),
    ...(known.length === 0 && attemptList.length > 0
      ? {}
      : { costUsd: known.reduce((sum, usd) => sum + usd, 0) }),
    costStatus:
      attemptList.length === 0
        ? 'free'
        : known.length < costs.length
          ? known.length === 0
            ? 'unpriced'
            : 'partial'
          : 'exact',
    wastedUsd: attemptList
      .filter(({ purpose }) => purpose === 'wasted')
      .reduce((sum, { costUsd = 0 }) => sum + costUsd, 0),
    latencyMs: last === undefined ? 1 : last.startMs + last.latencyMs,
    ...(isStreamed && isAnswered && last.timeToFirstChunkMs !== undefined
      ? { timeToFirstTokenMs: last.startMs + last.timeToFirstChunkMs }
      : {}),
    traceId: `${id(2)}${id(3)}`.replaceAll('-', '').slice(0, 32),
    traceUrl: `https://traces.example/trace/${`${id(2)}${id(3)}`.replaceAll('-', '').slice(0, 32)}`,
    decision: 'route default tier',
    complexity: chance() < 0.6 ? 'simple' : 'standard',
    confidence: 0.6 + chance() * 0.39,
    propensity: 1,
    attemptList,
  }
}

function sampleAttempts(models: readonly number[], chance: () => number): readonly CallAttempt[] {
  const attempts: CallAttempt[] = []
  const inputTokens = Math.round(120 + chance() ** 3 * 5_000)
  const outputTokens = Math.round(30 + chance() ** 2 * 900)
  let startMs = 0
  for (const [place, index] of models.entries()) {
    const model = MODELS[index]
    if (model === undefined) continue
    for (let turn = 0; turn < 2; turn++) {
      const reason = turn > 0 ? 'retry' : place > 0 ? 'fallback' : 'initial'
      const attempt = sampleAttempt(model, {
        chance,
        inputTokens,
        outputTokens,
        startMs,
        reason,
        number: attempts.length + 1,
      })
      attempts.push(attempt)
      if (attempt.outcome === 'success') return attempts
      startMs += attempt.latencyMs + (attempt.retryDelayMs ?? 0) + 40
      if (chance() < 0.6) break
    }
  }
  return attempts
}

interface AttemptParts {
  readonly chance: () => number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly startMs: number
  readonly reason: string
  readonly number: number
}

function sampleAttempt(
  model: Model,
  { chance, inputTokens, outputTokens, startMs, reason, number }: AttemptParts,
): CallAttempt {
  const { target, provider, prices } = model
  const isFailed = chance() < model.failing * (reason === 'initial' ? 1.6 : 2)
  const firstMs = 160 + chance() ** 2 * 900
  const latencyMs = Math.round(
    isFailed ? 90 + chance() * 1_200 : firstMs + (outputTokens / model.tokensPerSecond) * 1_000,
  )
  const [errorKind, errorType] = chance() < 0.5 ? ['overloaded', '503'] : ['rate-limited', '429']
  const cacheReadTokens = chance() < 0.4 ? Math.round(inputTokens * 0.5) : 0
  const costUsd =
    prices === undefined
      ? undefined
      : isFailed
        ? (inputTokens * prices[0] * 0.2) / 1e6
        : (inputTokens * prices[0] + outputTokens * prices[1]) / 1e6
  return {
    number,
    target,
    provider,
    reason,
    outcome: isFailed ? 'failed' : 'success',
    purpose: isFailed ? 'wasted' : 'answer',
    ...(isFailed ? { errorKind, errorType } : { timeToFirstChunkMs: Math.round(firstMs) }),
    startMs: Math.round(startMs),
    latencyMs,
    ...(reason === 'retry' ? { retryDelayMs: 320 } : {}),
    ...(isFailed
      ? {}
      : {
          inputTokens,
          outputTokens,
          cacheReadTokens,
          systemTokens: Math.min(180, inputTokens),
          reasoningTokens: target.includes('oss') ? Math.round(outputTokens * 0.4) : 0,
        }),
    ...(costUsd === undefined ? {} : { costUsd: Math.round(costUsd * 1e9) / 1e9 }),
    costStatus: costUsd === undefined ? 'unpriced' : isFailed ? 'estimated' : 'exact',
    ...(costUsd === undefined ? {} : { costSource: 'catalog', priceVersion: '2026-11-18' }),
    spanId: createId(`${target}/${startMs}/${latencyMs}`).replaceAll('-', '').slice(0, 16),
  }
}

function pickPlace(chance: () => number): (typeof ROUTES)[number] {
  let left = chance() * ROUTES.reduce((sum, { weight }) => sum + weight, 0)
  for (const each of ROUTES) {
    left -= each.weight
    if (left < 0) return each
  }
  return ROUTES[0]
}

/** Of the shape of a UUID. */
function createId(seed: string): string {
  let hash = 0
  for (const character of seed) hash = Math.imul(hash ^ character.charCodeAt(0), 2_654_435_761) >>> 0
  const chance = createChance(hash)
  const hex = Array.from({ length: 32 }, () => Math.floor(chance() * 16).toString(16)).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
