import { spanAt } from '../core/calendar.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import {
  DIMENSIONS,
  LATENCY_BOUNDS_MS,
  SUM_NAMES,
  type BaselineSum,
  type Dimension,
  type Grain,
  type GroupTotal,
  type LedgerSums,
  type RollUp,
  type SumName,
} from '../core/ledger-store.ts'

const GRAINS: readonly Grain[] = ['hour', 'day']

/**
 * What rows add to the roll-ups: one delta for each grain, dimension, value and hour or day that they touch. Pure; stores add the
 * deltas to what they have.
 */
export function rollUp(rows: readonly LedgerRow[], timeZone: string): readonly RollUp[] {
  const adding = startRollUp(timeZone)
  adding.add(rows)
  return adding.deltas()
}

export interface RollUpInParts {
  add(rows: readonly LedgerRow[]): void
  /** Of everything that was added. */
  deltas(): readonly RollUp[]
}

/** The same for rows that come in parts: where somebody else has the event loop in between. */
export function startRollUp(timeZone: string): RollUpInParts {
  const spans = new Map<string, readonly Map<string, RollUpDraft>[]>()
  return {
    add(rows) {
      for (const row of rows) addEverywhere(spans, row, timeZone)
    },
    deltas: () => [...spans.values()].flatMap((groups) => groups.flatMap((drafts) => [...drafts.values()])),
  }
}

/** A roll-up of nothing, to add rows to. */
export function createRollUp(place: RollUpPlace): RollUpDraft {
  return { ...place, ...createParts() }
}

/** Adds roll-ups of one group up. */
export function sumRollUps(value: string | undefined, rollUps: Iterable<GroupTotal>): GroupTotal {
  const draft: TotalDraft = { value, ...createParts() }
  for (const one of rollUps) addParts(draft, one)
  return draft
}

/** What a row says of one dimension; undefined where it says nothing. */
export function valueOf(row: LedgerRow, dimension: Dimension): string | undefined {
  switch (dimension) {
    case 'all':
      return undefined
    case 'model':
      return row.target
    case 'outcome':
      return row.callOutcome
    default:
      return row[dimension]
  }
}

type Parts = Pick<RollUp, 'sums' | 'latencies' | 'baselines'>

/** What one row adds. Each row is added in two dozen places, and most of its sums are 0: those are left out. */
export interface RowParts {
  readonly amounts: readonly (readonly [name: SumName, amount: number])[]
  /** Which count of the latencies it is in. */
  readonly latencyIndex: number | undefined
  readonly baseline: BaselineSum | undefined
}

interface PartsDraft {
  readonly sums: Record<SumName, number>
  readonly latencies: number[]
  readonly baselines: { -readonly [K in keyof BaselineSum]: BaselineSum[K] }[]
}

type RollUpPlace = Pick<RollUp, 'grain' | 'dimension' | 'value' | 'startMs'>
/** While rows are added. */
export type RollUpDraft = RollUpPlace & PartsDraft
type TotalDraft = Pick<GroupTotal, 'value'> & PartsDraft

const NO_SUMS = Object.fromEntries(SUM_NAMES.map((name) => [name, 0])) as Record<SumName, number>
const NO_LATENCIES: readonly number[] = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0)

function createParts(): PartsDraft {
  return { sums: { ...NO_SUMS }, latencies: [...NO_LATENCIES], baselines: [] }
}

function addEverywhere(
  spans: Map<string, readonly Map<string, RollUpDraft>[]>,
  row: LedgerRow,
  timeZone: string,
): void {
  const parts = partsOf(row)
  for (const grain of GRAINS) {
    const { startMs } = spanAt(grain, row.atMs, timeZone)
    const key = `${grain} ${startMs}`
    const groups = spans.get(key) ?? DIMENSIONS.map(() => new Map<string, RollUpDraft>())
    spans.set(key, groups)
    for (const [index, dimension] of DIMENSIONS.entries()) {
      const value = valueOf(row, dimension)
      addRow(draftIn(groups[index], { grain, dimension, value, startMs }), parts)
    }
  }
}

function draftIn(drafts: Map<string, RollUpDraft> | undefined, place: RollUpPlace): RollUpDraft {
  const key = place.value ?? ''
  const known = drafts?.get(key)
  if (known !== undefined) return known
  const draft = createRollUp(place)
  drafts?.set(key, draft)
  return draft
}

export function addRow(draft: PartsDraft, { amounts, latencyIndex, baseline }: RowParts): void {
  for (const [name, amount] of amounts) draft.sums[name] += amount
  if (latencyIndex !== undefined) draft.latencies[latencyIndex] = (draft.latencies[latencyIndex] ?? 0) + 1
  if (baseline !== undefined) addBaseline(draft, baseline)
}

function addParts(draft: PartsDraft, { sums, latencies, baselines }: Parts): void {
  for (const name of SUM_NAMES) draft.sums[name] += sums[name]
  for (const [index, count] of latencies.entries())
    draft.latencies[index] = (draft.latencies[index] ?? 0) + count
  for (const baseline of baselines) addBaseline(draft, baseline)
}

/** In place: there is one, or two after the config has changed. */
function addBaseline(draft: PartsDraft, { name, costNanoUsd, answersNanoUsd, calls }: BaselineSum): void {
  let sum = draft.baselines.find((one) => one.name === name)
  if (sum === undefined) {
    sum = { name, costNanoUsd: 0, answersNanoUsd: 0, calls: 0 }
    draft.baselines.push(sum)
  }
  sum.costNanoUsd += costNanoUsd
  sum.answersNanoUsd += answersNanoUsd
  sum.calls += calls
}

export function partsOf(row: LedgerRow): RowParts {
  const sums = sumsOf(row)
  return {
    amounts: SUM_NAMES.flatMap((name) => (sums[name] === 0 ? [] : [[name, sums[name]] as const])),
    latencyIndex: latencyIndexOf(row),
    baseline: baselineOf(row),
  }
}

function baselineOf({ baseline, baselineNanoUsd, costNanoUsd }: LedgerRow): BaselineSum | undefined {
  if (baseline === undefined || baselineNanoUsd === undefined) return undefined
  return { name: baseline, costNanoUsd: baselineNanoUsd, answersNanoUsd: costNanoUsd ?? 0, calls: 1 }
}

function sumsOf(row: LedgerRow): LedgerSums {
  const isAttempt = row.kind === 'attempt'
  const cost = row.costNanoUsd ?? 0
  const isEstimated = row.costStatus === 'estimated'
  return {
    ...callSums(row),
    attempts: count(isAttempt),
    failedAttempts: count(row.outcome === 'failed'),
    retries: count(row.reason === 'retry'),
    fallbacks: count(row.reason === 'fallback'),
    hedges: count(row.reason === 'hedge'),
    cacheHits: count(row.kind === 'cache-hit'),
    inputTokens: row.inputTokens ?? 0,
    outputTokens: row.outputTokens ?? 0,
    cacheReadTokens: row.cacheReadTokens ?? 0,
    cacheWriteTokens: row.cacheWriteTokens ?? 0,
    reasoningTokens: row.reasoningTokens ?? 0,
    systemTokens: row.systemTokens ?? 0,
    toolTokens: row.toolTokens ?? 0,
    costNanoUsd: cost,
    estimatedNanoUsd: isEstimated ? cost : 0,
    wastedNanoUsd: row.purpose === 'wasted' || row.purpose === 'hedge' ? cost : 0,
    overheadNanoUsd: row.purpose === 'overhead' || row.purpose === 'shadow' ? cost : 0,
    savedNanoUsd: row.savedNanoUsd ?? 0,
    pricedRows: count(row.costStatus === 'exact' || isEstimated),
    estimatedRows: count(isEstimated),
    unpricedRows: count(row.costStatus === 'unpriced'),
  }
}

function callSums({
  isCall,
  callOutcome,
}: LedgerRow): Pick<LedgerSums, 'calls' | 'succeeded' | 'degraded' | 'refused' | 'exhausted' | 'cancelled'> {
  const counted = (outcome: LedgerRow['callOutcome']): number => count(isCall && callOutcome === outcome)
  return {
    calls: count(isCall),
    succeeded: counted('success'),
    degraded: counted('degraded'),
    refused: counted('refused'),
    exhausted: counted('exhausted'),
    cancelled: counted('cancelled'),
  }
}

function latencyIndexOf({ isCall, callOutcome, callLatencyMs }: LedgerRow): number | undefined {
  const isAnswered = isCall && (callOutcome === 'success' || callOutcome === 'degraded')
  if (!isAnswered || callLatencyMs === undefined) return undefined
  const index = LATENCY_BOUNDS_MS.findIndex((bound) => callLatencyMs <= bound)
  return index === -1 ? LATENCY_BOUNDS_MS.length : index
}

function count(isSo: boolean): number {
  return isSo ? 1 : 0
}
