/** Where in the page we are, all of it in the address's hash: views can be linked, and the back button works. Pure. */
import { DEFAULT_RANGE, RANGE_NAMES, wrongInDates, type Range } from './range.ts'

export const VIEWS = ['overview', 'breakdown', 'budgets', 'providers', 'calls'] as const
export type View = (typeof VIEWS)[number]

export interface Place {
  readonly view: View
  /** Of the call that is open. */
  readonly callId?: string
  readonly range: Range
  /** What the view itself remembers: `by`, `sort`, filters. */
  readonly params: Readonly<Record<string, string>>
}

/** `#/calls/3f…?range=7d&user=ana`; what makes no sense is as if it were not there. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [first = '', id = ''] = path.split('/', 2)
  const view = VIEWS.find((each) => each === first) ?? 'overview'
  const { range, from, to, ...params } = Object.fromEntries(new URLSearchParams(query))
  return {
    view,
    ...(view === 'calls' && id !== '' ? { callId: decoded(id) } : {}),
    range: parseRange(range, from, to),
    params,
  }
}

export function hashOf({ view, callId, range, params }: Place): string {
  const query = new URLSearchParams({ ...rangeParams(range), ...params }).toString()
  const id = callId === undefined ? '' : `/${encodeURIComponent(callId)}`
  return `#/${view}${id}${query === '' ? '' : `?${query}`}`
}

function parseRange(name: string | undefined, from: string | undefined, to: string | undefined): Range {
  if (from !== undefined && to !== undefined && wrongInDates(from, to) === undefined)
    return { kind: 'custom', from, to }
  const known = RANGE_NAMES.find((each) => each === name)
  return known === undefined ? DEFAULT_RANGE : { kind: 'named', name: known }
}

function rangeParams(range: Range): Readonly<Record<string, string>> {
  if (range.kind === 'custom') return { from: range.from, to: range.to }
  const isDefault = DEFAULT_RANGE.kind === 'named' && range.name === DEFAULT_RANGE.name
  return isDefault ? {} : { range: range.name }
}

/** An id that somebody has cut short must not break the page. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}
