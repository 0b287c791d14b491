import { useEffect, useRef, useState } from 'preact/hooks'
import type { CallEntry, CallsReport } from '../../../src/core/costs.ts'
import { callsPath, type CallFilters } from './call-filters.ts'
import { refreshes } from './clock.ts'
import { fetchReport, isPassing, ReportError, type Problem } from './fetch-report.ts'
import { RETRY_MS } from './use-report.ts'

/** How soon the newest calls are asked for again, ms. */
const TAIL_MS = 2_000
/** Calls that the page holds; of a longer tail the oldest go. */
export const CALLS_MAX = 500

export interface CallList {
  /** Undefined until the first answer. */
  readonly calls: readonly CallEntry[] | undefined
  /** Came while somebody looked. */
  readonly fresh: ReadonlySet<string>
  readonly problem: Problem | undefined
  readonly hasOlder: boolean
  readonly isLoadingOlder: boolean
  readonly loadOlder: () => void
}

interface CallListQuestion {
  readonly filters: CallFilters
  readonly from: string
  readonly to: string | undefined
  /** New calls are added at the top. */
  readonly isLive: boolean
}

interface Held {
  readonly calls: readonly CallEntry[] | undefined
  readonly fresh: ReadonlySet<string>
  readonly next: string | undefined
  readonly problem: Problem | undefined
}

const NONE: Held = { calls: undefined, fresh: new Set(), next: undefined, problem: undefined }

/** The newest calls, as they come; the older ones page by page. Another question begins anew. */
export function useCallList({ filters, from, to, isLive }: CallListQuestion): CallList {
  const key = JSON.stringify(filters)
  const bounds = { from, to }
  const [held, setHeld] = useState<Held>(NONE)
  const [isLoadingOlder, setLoadingOlder] = useState(false)
  const asked = useRef('')
  const older = useRef<AbortController | undefined>(undefined)
  const turn = refreshes.value

  useEffect(() => {
    if (asked.current !== key) {
      setHeld(NONE)
      older.current?.abort()
    }
    asked.current = key
    const ending = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = (ms: number): void => {
      timer = setTimeout(() => (document.hidden ? again(ms) : void ask()), ms)
    }
    const ask = async (): Promise<void> => {
      try {
        const report = await fetchReport<CallsReport>(callsPath(filters, bounds), ending.signal)
        setHeld((before) => withNewest(before, report))
        if (isLive) again(TAIL_MS)
      } catch (thrown) {
        if (ending.signal.aborted) return
        if (!(thrown instanceof ReportError)) throw thrown
        const { problem } = thrown
        setHeld((before) => ({ ...before, problem }))
        if (isPassing(problem)) again(RETRY_MS)
      }
    }
    void ask()
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [key, isLive, isLive ? 0 : `${from} ${to} ${turn}`])

  const { next } = held
  const loadOlder = (): void => {
    if (next === undefined || isLoadingOlder) return
    const ending = new AbortController()
    older.current = ending
    setLoadingOlder(true)
    fetchReport<CallsReport>(callsPath(filters, bounds, next), ending.signal)
      .then(
        (report) => setHeld((before) => withOlder(before, report)),
        (thrown: unknown) => {
          if (ending.signal.aborted) return
          if (!(thrown instanceof ReportError)) throw thrown
          setHeld((before) => ({ ...before, problem: thrown.problem }))
        },
      )
      .finally(() => setLoadingOlder(false))
  }
  const isFull = (held.calls?.length ?? 0) >= CALLS_MAX
  return { ...held, hasOlder: next !== undefined && !isFull, isLoadingOlder, loadOlder }
}

/** What is known already keeps its place; what is new comes first. A gap begins the list anew. */
export function withNewest(before: Held, report: CallsReport): Held {
  const { calls: known } = before
  const first: Held = { calls: report.calls, fresh: new Set(), next: report.next, problem: undefined }
  if (known === undefined) return first
  const ids = new Set(known.map(({ callId }) => callId))
  const added = report.calls.filter(({ callId }) => !ids.has(callId))
  const hasGap = added.length === report.calls.length && report.next !== undefined
  if (hasGap || known.length === 0) return { ...first, fresh: new Set(added.map(({ callId }) => callId)) }
  const newer = new Map(report.calls.map((call) => [call.callId, call]))
  const calls = [...added, ...known.map((call) => newer.get(call.callId) ?? call)]
    .toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
    .slice(0, CALLS_MAX)
  return { calls, fresh: new Set(added.map(({ callId }) => callId)), next: before.next, problem: undefined }
}

function withOlder(before: Held, report: CallsReport): Held {
  const ids = new Set(before.calls?.map(({ callId }) => callId))
  const added = report.calls.filter(({ callId }) => !ids.has(callId))
  return {
    calls: [...(before.calls ?? []), ...added].slice(0, CALLS_MAX),
    fresh: before.fresh,
    next: report.next,
    problem: undefined,
  }
}
