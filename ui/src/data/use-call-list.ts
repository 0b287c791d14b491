import { useEffect, useRef, useState } from 'preact/hooks'
import type { CallsReport } from '../../../src/core/costs.ts'
import { callsPath, type CallFilters } from './call-filters.ts'
import { NO_CALLS, withNewest, withOlder, type CallList } from './call-list.ts'
import { isPassing } from './fetch-report.ts'
import { keepAsking } from './keep-asking.ts'

/** How soon the newest calls are asked for again, ms. */
const TAIL_MS = 2_000

export interface CallsQuestion {
  readonly filters: CallFilters
  readonly from: string
  readonly to: string | undefined
  /** New calls are added at the top. */
  readonly isLive: boolean
}

/** The newest calls, as they come; the older ones page by page. For another question it has to be another component. */
export function useCallList(question: CallsQuestion) {
  const { isLive } = question
  const latest = useRef(question)
  latest.current = question
  const [list, setList] = useState<CallList>(NO_CALLS)
  const [olderThan, setOlderThan] = useState<string | undefined>(undefined)
  const path = (before?: string): string => callsPath(latest.current.filters, latest.current, before)
  const onProblem = (problem: CallList['problem']): void => setList((held) => ({ ...held, problem }))

  useEffect(() => {
    // Paused: what is there stays as it is.
    if (!isLive && list.calls !== undefined) return
    return keepAsking<CallsReport>({
      path,
      pollMs: isLive ? TAIL_MS : undefined,
      onReport: (report) => setList((held) => withNewest(held, report)),
      onProblem,
    })
  }, [isLive])

  useEffect(() => {
    if (olderThan === undefined) return
    return keepAsking<CallsReport>({
      path: () => path(olderThan),
      onReport(report) {
        setList((held) => withOlder(held, report))
        setOlderThan(undefined)
      },
      onProblem(problem) {
        onProblem(problem)
        if (!isPassing(problem)) setOlderThan(undefined)
      },
    })
  }, [olderThan])

  return { list, isLoadingOlder: olderThan !== undefined, loadOlder: () => setOlderThan(list.next) }
}
