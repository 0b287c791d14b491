import type { CalendarSpan } from '../core/calendar.ts'
import type { Dimension, GroupTotal, LedgerStore, RollUp, RollUpSpan } from '../core/ledger-store.ts'
import { invalidParams } from '../core/llm-error.ts'
import { spansOf, type HourRange } from '../core/roll-up-spans.ts'
import { costRange } from './cost-range.ts'
import { groupsByPoint, pointFinder, pointsOf } from './cost-series.ts'
import type { COSTS_PARAMS, ReadParams } from './query-param.ts'
import type { ReportSource } from './report-source.ts'
import { repriceRange, REPRICED_ROWS_MAX, tooManyRows, type Repriced } from './reprice-range.ts'
import { sumRollUps } from './roll-up.ts'

export type ReadCostsQuery = ReadParams<typeof COSTS_PARAMS>

/** Groups that are told: the dearest. */
export const GROUPS_MAX = 1_000
/**
 * Groups that each point of a series tells of, and sums in all: what comes out of a store is unpacked on the event loop, at
 * some 20 µs for each sum, and no chart shows more.
 */
const SERIES_GROUPS_MAX = 20
const SERIES_SUMS_MAX = 20_000

/** What a report of costs is made of. */
export interface CollectedCosts {
  readonly range: HourRange
  readonly total: GroupTotal
  /** The dearest first, one more than is told where there are more. */
  readonly groups: readonly GroupTotal[] | undefined
  readonly series: CollectedSeries | undefined
  /** Set where the savings asked for are not those in the store. */
  readonly repriced: Repriced | undefined
}

export interface CollectedSeries {
  readonly points: readonly CalendarSpan[]
  readonly totals: readonly (GroupTotal | undefined)[]
  /** By point; the groups in the order of the report's. */
  readonly groups: readonly (readonly GroupTotal[])[] | undefined
  /** There are groups that no point tells of. */
  readonly isCut: boolean
}

interface Collecting {
  readonly store: LedgerStore
  readonly signal: AbortSignal
  readonly source: ReportSource
  readonly query: ReadCostsQuery
  readonly range: HourRange
  readonly spans: readonly RollUpSpan[]
}

/**
 * Asks the store for everything that a query is about.
 *
 * @throws LlmError `invalid_params`; whatever the store throws
 */
export async function collectCosts(
  source: ReportSource,
  query: ReadCostsQuery,
  { store, signal }: { readonly store: LedgerStore; readonly signal: AbortSignal },
): Promise<CollectedCosts> {
  const { timeZone } = source
  const range = costRange(query, {
    nowMs: source.clock.now(),
    hoursFromMs: source.hoursFromMs(),
    timeZone,
  })
  const collecting = { store, signal, source, query, range, spans: spansOf(range, timeZone) }
  const [total = sumRollUps(undefined, [])] = await totalsOf(collecting, 'all', 1)
  const groups = query.by && (await totalsOf(collecting, query.by, GROUPS_MAX + 1)).toSorted(dearestFirst)
  const series = query.interval && (await collectSeries(collecting, query.interval, groups))
  const repriced = await repricedFor(collecting, total, series)
  return { range, total, groups, series, repriced }
}

function totalsOf(
  { store, spans }: Collecting,
  dimension: Dimension,
  limit: number,
): Promise<readonly GroupTotal[]> {
  return store.totals({ dimension, spans, limit })
}

/** Of the equally dear those with more calls, then by name, so that the order is the same whatever the store. */
function dearestFirst(one: GroupTotal, other: GroupTotal): number {
  return (
    other.sums.costNanoUsd - one.sums.costNanoUsd ||
    other.sums.calls - one.sums.calls ||
    ((one.value ?? '') < (other.value ?? '') ? -1 : 1)
  )
}

async function collectSeries(
  collecting: Collecting,
  interval: 'hour' | 'day',
  groups: readonly GroupTotal[] | undefined,
): Promise<CollectedSeries> {
  const { source, range, spans, query } = collecting
  const parts = interval === 'hour' ? [{ grain: interval, ...range }] : spans
  const all = await rollUpsIn(collecting, parts, 'all')
  const lastMs = all.reduce((last, { startMs }) => Math.max(last, startMs), source.clock.now())
  const points = pointsOf(range, interval, { timeZone: source.timeZone, lastMs })
  const totals = groupsByPoint(all, points).map((each) => each.get(undefined))
  if (groups === undefined || query.by === undefined)
    return { points, totals, groups: undefined, isCut: false }
  const values = groups.slice(0, groupsOfSeries(points.length)).map(({ value }) => value)
  const rollUps = values.length === 0 ? [] : await rollUpsIn(collecting, parts, query.by, values)
  const grouped = groupsByPoint(rollUps, points).map((each) =>
    values.flatMap((value) => each.get(value) ?? []),
  )
  return { points, totals, groups: grouped, isCut: values.length < groups.length }
}

/** So many that the report stays small enough to be put together, sent and shown. */
function groupsOfSeries(points: number): number {
  return Math.min(SERIES_GROUPS_MAX, Math.floor(SERIES_SUMS_MAX / points))
}

// oxlint-disable-next-line max-params
async function rollUpsIn(
  { store }: Collecting,
  spans: readonly RollUpSpan[],
  dimension: Dimension,
  values?: readonly (string | undefined)[],
): Promise<readonly RollUp[]> {
  const only = values === undefined ? {} : { values }
  const parts = await Promise.all(spans.map((span) => store.rollUps({ ...span, dimension, ...only })))
  return parts.flat()
}

/** Savings against the configured baseline are in the store; against another model they have to be reckoned. */
async function repricedFor(
  { store, signal, source, query, range }: Collecting,
  { sums }: GroupTotal,
  series: CollectedSeries | undefined,
): Promise<Repriced | undefined> {
  const { baseline: name, by = 'all' } = query
  if (name === undefined || name === source.baseline) return undefined
  const model = source.pricedModel(name)
  if (typeof model === 'string') throw invalidParams(`"baseline": ${model}`, 'baseline')
  // Where their rows are all there, nobody has to wait for the answer that they are too many.
  const areKept = store.isPersistent && range.fromMs >= source.rowsFromMs()
  if (areKept && sums.attempts > REPRICED_ROWS_MAX) throw tooManyRows()
  const pointAt = series === undefined ? () => undefined : pointFinder(series.points)
  return repriceRange(store, { range, baseline: { name, model }, by, pointAt, signal })
}
