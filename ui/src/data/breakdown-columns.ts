/** Columns of the breakdown: what they show of a group, and how they are ordered. Pure. */
import type { CostFigures, CostsGroup } from '../../../src/core/costs.ts'
import type { Dimension } from '../../../src/core/ledger-store.ts'
import { formatCount, formatShare, formatShort } from '../format/numbers.ts'
import { formatDuration } from '../format/times.ts'
import { formatCost, formatUsd } from '../format/usd.ts'
import { failedCalls, groupLabel } from './words.ts'

export interface Column {
  readonly key: string
  readonly label: string
  readonly title?: string
  /** Undefined sorts last, either way. */
  readonly rank: (figures: CostFigures) => number | undefined
  readonly show: (figures: CostFigures) => string
}

export const COLUMNS: readonly Column[] = [
  {
    key: 'spend',
    label: 'Spend',
    rank: ({ costUsd }) => costUsd,
    show: ({ costUsd, costStatus }) => formatCost(costUsd, costStatus),
  },
  { key: 'calls', label: 'Calls', rank: ({ calls }) => calls, show: ({ calls }) => formatCount(calls) },
  {
    key: 'average',
    label: 'Per call',
    rank: ({ averageUsd }) => averageUsd,
    show: ({ averageUsd, calls, costStatus }) => (calls === 0 ? '–' : formatCost(averageUsd, costStatus)),
  },
  {
    key: 'wasted',
    label: 'Wasted',
    title: 'Attempts whose answer was not used',
    rank: ({ wastedUsd }) => wastedUsd,
    show: ({ wastedUsd }) => formatUsd(wastedUsd),
  },
  {
    key: 'saved',
    label: 'Saved',
    title: 'Against the baseline model; less than nothing where more was spent',
    rank: ({ savings }) => savings?.savedUsd,
    show: ({ savings }) => (savings === undefined ? '–' : formatUsd(savings.savedUsd)),
  },
  {
    key: 'failed',
    label: 'No answer',
    title: 'Calls that failed or were refused',
    rank: (figures) => (figures.calls === 0 ? undefined : failedCalls(figures) / figures.calls),
    show: (figures) => formatShare(failedCalls(figures), figures.calls),
  },
  {
    key: 'fallback',
    label: 'Fallback',
    title: 'Calls that another target than the first answered',
    rank: ({ degraded, calls }) => (calls === 0 ? undefined : degraded / calls),
    show: ({ degraded, calls }) => formatShare(degraded, calls),
  },
  {
    key: 'tokens',
    label: 'Tokens',
    title: 'In and out',
    rank: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
    show: ({ inputTokens, outputTokens }) => formatShort(inputTokens + outputTokens),
  },
  {
    key: 'p50',
    label: 'p50',
    title: 'Half of the answers came within',
    rank: ({ latencyMs }) => latencyMs?.p50,
    show: ({ latencyMs }) => (latencyMs === undefined ? '–' : formatDuration(latencyMs.p50)),
  },
  {
    key: 'p95',
    label: 'p95',
    title: '95 of 100 answers came within',
    rank: ({ latencyMs }) => latencyMs?.p95,
    show: ({ latencyMs }) => (latencyMs === undefined ? '–' : formatDuration(latencyMs.p95)),
  },
  {
    key: 'unpriced',
    label: 'Unpriced',
    title: 'Attempts whose price is not known: they are in no amount',
    rank: ({ unpricedAttempts }) => unpricedAttempts,
    show: ({ unpricedAttempts }) => (unpricedAttempts === 0 ? '–' : formatCount(unpricedAttempts)),
  },
]

export interface Sorting {
  readonly key: string
  readonly isUp: boolean
}

export const DEFAULT_SORTING: Sorting = { key: 'spend', isUp: false }

/** `calls`, `-calls`: a minus where the smallest come first. */
export function parseSorting(text: string | undefined): Sorting {
  const key = text?.replace(/^-/, '') ?? ''
  const isKnown = key === 'name' || COLUMNS.some((column) => column.key === key)
  return isKnown ? { key, isUp: text?.startsWith('-') === true } : DEFAULT_SORTING
}

export function sortingText({ key, isUp }: Sorting): string | undefined {
  const text = `${isUp ? '-' : ''}${key}`
  return text === DEFAULT_SORTING.key ? undefined : text
}

export function sorted(
  groups: readonly CostsGroup[],
  by: Dimension,
  { key, isUp }: Sorting,
): readonly CostsGroup[] {
  const sign = isUp ? 1 : -1
  const column = COLUMNS.find((each) => each.key === key)
  if (column === undefined)
    return groups.toSorted((a, b) => -sign * groupLabel(a.key, by).localeCompare(groupLabel(b.key, by)))
  return groups.toSorted((a, b) => {
    const [left, right] = [column.rank(a), column.rank(b)]
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined)
    return sign * (left - right)
  })
}
