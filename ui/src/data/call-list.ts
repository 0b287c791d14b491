/** The calls that the list holds, and what comes to them. Pure. */
import type { CallEntry, CallsReport } from '../../../src/core/costs.ts'
import type { Problem } from './fetch-report.ts'

/** Calls that the page holds; of a longer tail the oldest go. */
export const CALLS_MAX = 500

export interface CallList {
  /** Undefined until the first answer. */
  readonly calls: readonly CallEntry[] | undefined
  /** Came while somebody looked. */
  readonly fresh: ReadonlySet<string>
  /** Where the older ones begin. */
  readonly next: string | undefined
  readonly problem: Problem | undefined
}

export const NO_CALLS: CallList = { calls: undefined, fresh: new Set(), next: undefined, problem: undefined }

/** What is known already keeps its place; what is new comes first. A gap begins the list anew. */
export function withNewest(list: CallList, report: CallsReport): CallList {
  const { calls: known } = list
  const first: CallList = { ...NO_CALLS, calls: report.calls, next: report.next }
  if (known === undefined) return first
  const added = unknownIn(report, known)
  const fresh = new Set(added.map(({ callId }) => callId))
  const hasGap = added.length === report.calls.length && report.next !== undefined
  if (hasGap || known.length === 0) return { ...first, fresh }
  const all = [...added, ...known].toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
  const calls = all.slice(0, CALLS_MAX)
  return { calls, fresh, next: list.next, problem: undefined }
}

export function withOlder(list: CallList, report: CallsReport): CallList {
  const known = list.calls ?? []
  const calls = [...known, ...unknownIn(report, known)].slice(0, CALLS_MAX)
  return { ...list, calls, next: report.next, problem: undefined }
}

function unknownIn({ calls }: CallsReport, known: readonly CallEntry[]): readonly CallEntry[] {
  const ids = new Set(known.map(({ callId }) => callId))
  return calls.filter(({ callId }) => !ids.has(callId))
}
