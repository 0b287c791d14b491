/** Series of a report → what a stacked chart shows. Pure but for the colours, which are remembered. */
import type { CostsPoint, CostsReport } from '../../../src/core/costs.ts'
import type { Dimension } from '../../../src/core/ledger-store.ts'
import type { Bucket, ChartSeries } from '../chart/chart-data.ts'
import { colourOf } from '../chart/palette.ts'
import { groupLabel } from './words.ts'

/** Groups that are shown by themselves; what is left is one. */
export const STACK_MAX = 6
export const OTHERS_KEY = ' others'

export interface StackPart extends ChartSeries {
  /** Known spend of the range, USD. */
  readonly totalUsd: number
}

export function bucketsOf(points: readonly CostsPoint[]): readonly Bucket[] {
  return points.map(({ start, end }) => ({ startMs: Date.parse(start), endMs: Date.parse(end) }))
}

/** The dearest groups over time, the dearest first (the lowest of the stack), and the others as one. */
export function spendStack(report: CostsReport): readonly StackPart[] {
  const { by = 'all', groups = [], series = [], total } = report
  if (by === 'all') return [totalPart(report)]
  const spenders = groups.filter(({ costUsd = 0 }) => costUsd > 0)
  // One more is no "others".
  const shown = spenders.length === STACK_MAX + 1 ? spenders : spenders.slice(0, STACK_MAX)
  const parts = shown.map(({ key, costUsd = 0 }) => ({
    key: key ?? '',
    label: groupLabel(key, by),
    colour: key === null ? 'none' : String(colourOf(by, key)),
    values: series.map((point) => spentBy(point, key)),
    totalUsd: costUsd,
  }))
  const others = othersPart(report, parts)
  const isWorthTelling = others.totalUsd > (total.costUsd ?? 0) * 1e-9
  return isWorthTelling ? [...parts, others] : parts
}

function spentBy({ groups = [] }: CostsPoint, key: string | null): number {
  return groups.find((group) => group.key === key)?.costUsd ?? 0
}

/** Against the total, so that groups that the report leaves out are in it too. */
function othersPart({ by, series = [], total }: CostsReport, parts: readonly StackPart[]): StackPart {
  return {
    key: OTHERS_KEY,
    label: `other ${by}s`,
    colour: 'other',
    values: series.map((point, index) => {
      const shown = parts.reduce((sum, { values }) => sum + (values[index] ?? 0), 0)
      return Math.max(0, (point.total.costUsd ?? 0) - shown)
    }),
    totalUsd: Math.max(0, (total.costUsd ?? 0) - parts.reduce((sum, { totalUsd }) => sum + totalUsd, 0)),
  }
}

function totalPart({ series = [], total }: CostsReport): StackPart {
  return {
    key: 'all',
    label: 'all',
    colour: '1',
    values: series.map((point) => point.total.costUsd ?? 0),
    totalUsd: total.costUsd ?? 0,
  }
}

/** Calls over time by how they ended; outcomes that nothing had are left out. */
export function callsStack({ series = [] }: CostsReport): readonly ChartSeries[] {
  const of = (name: 'succeeded' | 'degraded' | 'refused' | 'exhausted' | 'cancelled'): readonly number[] =>
    series.map(({ total }) => total[name])
  const all: readonly ChartSeries[] = [
    { key: 'success', label: 'Answered', colour: 'good', values: of('succeeded') },
    { key: 'degraded', label: 'Answered by a fallback', colour: 'warn', values: of('degraded') },
    { key: 'cancelled', label: 'Cancelled', colour: 'other', values: of('cancelled') },
    { key: 'refused', label: 'Refused', colour: 'none', values: of('refused') },
    { key: 'exhausted', label: 'Failed', colour: 'bad', values: of('exhausted') },
  ]
  return all.filter(({ key, values }) => key === 'success' || values.some((value) => (value ?? 0) > 0))
}

export function latencyLines({ series = [] }: CostsReport): readonly ChartSeries[] {
  const of = (name: 'p50' | 'p95' | 'p99'): readonly (number | undefined)[] =>
    series.map(({ total }) => total.latencyMs?.[name])
  return [
    { key: 'p50', label: 'p50', colour: 'p50', values: of('p50') },
    { key: 'p95', label: 'p95', colour: 'p95', values: of('p95') },
    { key: 'p99', label: 'p99', colour: 'p99', values: of('p99') },
  ]
}

export type StackBy = Extract<Dimension, 'model' | 'tier' | 'route' | 'user'>
export const STACK_BYS: readonly StackBy[] = ['model', 'tier', 'route', 'user']
