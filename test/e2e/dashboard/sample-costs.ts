/** Sums of made-up calls, in the shape that the cost API gives them. */
import { spanAt } from '../../../src/core/calendar.ts'
import type { CallDetail, CostFigures, CostsGroup, CostsPoint, CostsReport } from '../../../src/core/costs.ts'
import type { Dimension } from '../../../src/core/ledger-store.ts'
import { BASELINE, MODELS } from './sample-calls.ts'

export interface CostsAsked {
  readonly fromMs: number
  readonly toMs: number
  readonly nowMs: number
  readonly timeZone: string
  readonly by?: Exclude<Dimension, 'all'>
  readonly interval?: 'hour' | 'day'
}

export function sampleCosts(all: readonly CallDetail[], asked: CostsAsked): CostsReport {
  const { fromMs, toMs, timeZone, by, interval } = asked
  const range = {
    fromMs: spanAt('hour', fromMs, timeZone).startMs,
    toMs: spanAt('hour', toMs - 1, timeZone).endMs,
  }
  const calls = within(all, range)
  return {
    from: iso(range.fromMs),
    to: iso(range.toMs),
    timeZone,
    baseline: BASELINE,
    total: figuresOf(calls),
    ...(by === undefined ? {} : { by, groups: groupsOf(calls, by), isCut: false }),
    ...(interval === undefined ? {} : { interval, series: seriesOf(calls, { ...asked, ...range }) }),
  }
}

function within(
  calls: readonly CallDetail[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): readonly CallDetail[] {
  const [from, to] = [iso(fromMs), iso(toMs)]
  return calls.filter(({ at }) => at >= from && at < to)
}

function seriesOf(
  calls: readonly CallDetail[],
  { fromMs, toMs, nowMs, timeZone, by, interval = 'hour' }: CostsAsked,
): readonly CostsPoint[] {
  const points: CostsPoint[] = []
  for (let startMs = fromMs; startMs < Math.min(toMs, nowMs);) {
    const endMs = Math.min(toMs, spanAt(interval, startMs, timeZone).endMs)
    const here = within(calls, { fromMs: startMs, toMs: endMs })
    points.push({
      start: iso(startMs),
      end: iso(endMs),
      total: figuresOf(here),
      ...(by === undefined ? {} : { groups: groupsOf(here, by) }),
    })
    startMs = endMs
  }
  return points
}

function groupsOf(calls: readonly CallDetail[], by: Exclude<Dimension, 'all'>): readonly CostsGroup[] {
  const groups = new Map<string | null, CallDetail[]>()
  for (const call of calls) {
    const key = keyOf(call, by)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [call])
    else group.push(call)
  }
  return [...groups]
    .map(([key, group]) => ({ key, ...figuresOf(group) }))
    .toSorted((a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0))
}

function keyOf(call: CallDetail, by: Exclude<Dimension, 'all'>): string | null {
  if (by === 'model') return call.target ?? null
  if (by === 'provider') return call.attemptList.at(-1)?.provider ?? null
  return call[by] ?? null
}

function figuresOf(calls: readonly CallDetail[]): CostFigures {
  const attempts = calls.flatMap(({ attemptList }) => attemptList)
  const sum = (of: (attempt: (typeof attempts)[number]) => number | undefined): number =>
    attempts.reduce((total, attempt) => total + (of(attempt) ?? 0), 0)
  const ended = (outcome: string): number => calls.filter((call) => call.outcome === outcome).length
  const priced = attempts.filter(({ costUsd }) => costUsd !== undefined)
  const unpriced = attempts.length - priced.length
  const costUsd = priced.length === 0 && unpriced > 0 ? undefined : round(sum((each) => each.costUsd))
  const because = (reason: string): number => attempts.filter((attempt) => attempt.reason === reason).length
  return {
    calls: calls.length,
    succeeded: ended('success'),
    degraded: ended('degraded'),
    refused: ended('refused'),
    exhausted: ended('exhausted'),
    cancelled: ended('cancelled'),
    attempts: attempts.length,
    failedAttempts: attempts.filter(({ outcome }) => outcome === 'failed').length,
    retries: because('retry'),
    fallbacks: because('fallback'),
    hedges: because('hedge'),
    cacheHits: 0,
    inputTokens: sum((each) => each.inputTokens),
    outputTokens: sum((each) => each.outputTokens),
    cacheReadTokens: sum((each) => each.cacheReadTokens),
    cacheWriteTokens: 0,
    reasoningTokens: sum((each) => each.reasoningTokens),
    systemTokens: sum((each) => each.systemTokens),
    toolTokens: sum((each) => each.toolTokens),
    ...(costUsd === undefined
      ? {}
      : { costUsd, ...(calls.length === 0 ? {} : { averageUsd: round(costUsd / calls.length) }) }),
    costStatus:
      costUsd === undefined
        ? 'unpriced'
        : unpriced > 0
          ? 'partial'
          : calls.length === 0
            ? 'free'
            : 'estimated',
    wastedUsd: round(sum(({ purpose, costUsd: usd }) => (purpose === 'wasted' ? usd : 0))),
    overheadUsd: 0,
    savedByCacheUsd: 0,
    unpricedAttempts: unpriced,
    ...latencies(calls),
    savings: savingsOf(calls, costUsd ?? 0),
  }
}

function latencies(calls: readonly CallDetail[]): Pick<CostFigures, 'latencyMs'> {
  const known = calls
    .filter(({ outcome }) => outcome === 'success' || outcome === 'degraded')
    .map(({ latencyMs = 0 }) => latencyMs)
    .toSorted((a, b) => a - b)
  if (known.length === 0) return {}
  const at = (share: number): number =>
    known[Math.min(known.length - 1, Math.floor(known.length * share))] ?? 0
  return { latencyMs: { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) } }
}

function savingsOf(calls: readonly CallDetail[], spentUsd: number): NonNullable<CostFigures['savings']> {
  const [input = 0, output = 0] = MODELS.find(({ target }) => target === BASELINE)?.prices ?? []
  const answered = calls.filter(({ outcome }) => outcome === 'success' || outcome === 'degraded')
  const baselineUsd = answered.reduce(
    (sum, { inputTokens = 0, outputTokens = 0 }) => sum + (inputTokens * input + outputTokens * output) / 1e6,
    0,
  )
  const compared = answered.filter(({ costUsd }) => costUsd !== undefined).length
  return {
    baselineUsd: round(baselineUsd),
    savedUsd: round(baselineUsd - spentUsd),
    comparedCalls: compared,
    uncomparedCalls: answered.length - compared,
  }
}

function round(usd: number): number {
  return Math.round(usd * 1e9) / 1e9
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
