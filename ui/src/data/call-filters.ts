/** Filters of the list of calls: the same names in the address of the page and in the cost API. Pure. */
import { pathWith } from './fetch-report.ts'

export const FILTER_NAMES = [
  'outcome',
  'model',
  'tier',
  'task',
  'complexity',
  'provider',
  'user',
  'tenant',
  'route',
  'feature',
] as const
export type FilterName = (typeof FILTER_NAMES)[number]

/** Calls of a page. */
const PAGE_MAX = 50

export type CallFilters = Readonly<Partial<Record<FilterName, string>>>

export function filtersOf(params: Readonly<Record<string, string>>): CallFilters {
  const given = FILTER_NAMES.flatMap((name) => {
    const value = params[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  return Object.fromEntries(given)
}

/**
 * @param bounds ISO; no end for what is still coming in
 * @param before where the page before has ended
 */
export function callsPath(
  filters: CallFilters,
  bounds: { readonly from: string; readonly to?: string | undefined },
  before?: string,
): string {
  return pathWith('calls', { ...filters, from: bounds.from, to: bounds.to, before, limit: String(PAGE_MAX) })
}
