/** Which calls and rows are asked for, and in which order. */
import type { LedgerRow } from '../core/ledger-row.ts'
import type { CallFilter, Cursor } from '../core/ledger-store.ts'
import { valueOf } from '../ledger/roll-up.ts'

type Call = readonly LedgerRow[]

/** The rows of one call. */
export function byAttempt(rows: Call): Call {
  return rows.toSorted((one, other) => one.attempt - other.attempt)
}

export function newestFirst([one]: Call, [other]: Call): number {
  return one === undefined || other === undefined ? 0 : -oldestFirst(one, other)
}

export function oldestFirst(one: LedgerRow, other: LedgerRow): number {
  return one.atMs - other.atMs || compareTexts(one.callId, other.callId) || one.attempt - other.attempt
}

export function isAfter({ atMs, id }: LedgerRow, place: Cursor): boolean {
  return atMs > place.atMs || (atMs === place.atMs && compareIds(id, place.id) > 0)
}

export function isCallBefore([first]: Call, place: Cursor | undefined): boolean {
  if (first === undefined || place === undefined) return first !== undefined
  return first.atMs < place.atMs || (first.atMs === place.atMs && first.callId < callIdOf(place.id))
}

/** Of the call, what is said of its first row; of its attempts, what is said of one of them. */
export function matches(call: Call, { fromMs, toMs, model, provider, ...ofCall }: CallFilter): boolean {
  const [first] = call
  if (first === undefined) return false
  if (fromMs !== undefined && first.atMs < fromMs) return false
  if (toMs !== undefined && first.atMs >= toMs) return false
  if (!call.some((row) => isOf(row, model, provider))) return false
  return OF_THE_CALL.every(
    (dimension) => ofCall[dimension] === undefined || valueOf(first, dimension) === ofCall[dimension],
  )
}

const OF_THE_CALL = ['tier', 'task', 'complexity', 'user', 'tenant', 'route', 'feature', 'outcome'] as const

function isOf(row: LedgerRow, model: string | undefined, provider: string | undefined): boolean {
  return (
    (model === undefined || row.target === model) && (provider === undefined || row.provider === provider)
  )
}

function compareIds(one: string, other: string): number {
  return compareTexts(callIdOf(one), callIdOf(other)) || attemptOf(one) - attemptOf(other)
}

function callIdOf(id: string): string {
  const slash = id.lastIndexOf('/')
  return slash === -1 ? id : id.slice(0, slash)
}

function attemptOf(id: string): number {
  const attempt = Number(id.slice(id.lastIndexOf('/') + 1))
  return Number.isNaN(attempt) ? -1 : attempt
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
