import type { CostFigures, CostsGroup, CostsPoint, CostsReport } from '../core/costs.ts'
import type { GroupTotal } from '../core/ledger-store.ts'
import {
  GROUPS_MAX,
  type CollectedCosts,
  type CollectedSeries,
  type ReadCostsQuery,
} from './collect-costs.ts'
import { costFigures } from './cost-figures.ts'
import type { RepricedPlace } from './reprice-range.ts'
import { sumRollUps } from './roll-up.ts'

export interface CostsFrame {
  readonly query: ReadCostsQuery
  readonly timeZone: string
  /** The configured one. */
  readonly baseline: string | undefined
}

/** What a time has cost, as people and pages read it. */
export function costsReport(collected: CollectedCosts, frame: CostsFrame): CostsReport {
  const { query, timeZone } = frame
  const { range, total, groups, series } = collected
  const baseline = query.baseline ?? frame.baseline
  const figures: Figures = (group, place) => {
    const repriced = collected.repriced?.sumOf(place)
    return costFigures(repriced === undefined ? group : { ...group, baselines: [repriced] }, baseline)
  }
  return {
    from: iso(range.fromMs),
    to: iso(range.toMs),
    timeZone,
    ...(baseline === undefined ? {} : { baseline }),
    total: figures(total, {}),
    ...(query.by === undefined ? {} : { by: query.by }),
    ...(groups && groupsToldOf(groups, figures)),
    ...(query.interval === undefined ? {} : { interval: query.interval }),
    ...(series && seriesToldOf(series, figures)),
  }
}

/** Sums as figures; where calls have been repriced, with those of that place. */
type Figures = (group: GroupTotal, place: RepricedPlace) => CostFigures

function groupsToldOf(
  groups: readonly GroupTotal[],
  figures: Figures,
): Pick<CostsReport, 'groups' | 'isCut'> {
  const told = groups.slice(0, GROUPS_MAX)
  return { groups: told.map((group) => groupOf(group, {}, figures)), isCut: told.length < groups.length }
}

function groupOf(group: GroupTotal, { point }: RepricedPlace, figures: Figures): CostsGroup {
  const { value } = group
  return { key: value ?? null, ...figures(group, { point, group: { value } }) }
}

function seriesToldOf(
  { points, totals, groups, isCut }: CollectedSeries,
  figures: Figures,
): Pick<CostsReport, 'series' | 'isSeriesCut'> {
  const series = points.map(({ startMs, endMs }, point): CostsPoint => ({
    start: iso(startMs),
    end: iso(endMs),
    total: figures(totals[point] ?? NOTHING, { point }),
    ...(groups && { groups: (groups[point] ?? []).map((group) => groupOf(group, { point }, figures)) }),
  }))
  return groups === undefined ? { series } : { series, isSeriesCut: isCut }
}

const NOTHING = sumRollUps(undefined, [])

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
