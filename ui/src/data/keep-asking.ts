import { fetchReport, isPassing, ReportError, type Problem } from './fetch-report.ts'

/** How soon a report that could not be had is asked for again, ms. */
export const RETRY_MS = 5_000

export interface Question<T> {
  /** Asked each time: it may tell another time then. */
  readonly path: () => string
  /** Ask again so long after each answer. @default never */
  readonly pollMs?: number | undefined
  readonly onReport: (report: T) => void
  readonly onProblem: (problem: Problem) => void
}

/**
 * Asks the cost API at once, and again as told; after a problem that can pass by itself, too. While nobody looks, it waits.
 *
 * @returns what ends it
 */
export function keepAsking<T>({ path, pollMs, onReport, onProblem }: Question<T>): () => void {
  const ending = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const again = (ms: number | undefined): void => {
    const askOrWait = (): void => (document.hidden ? again(ms) : void ask())
    if (ms !== undefined) timer = setTimeout(askOrWait, ms)
  }
  const ask = async (): Promise<void> => {
    try {
      onReport(await fetchReport<T>(path(), ending.signal))
      again(pollMs)
    } catch (thrown) {
      if (ending.signal.aborted) return
      // What is no ReportError is a bug of this page: not to be asked for again.
      if (!(thrown instanceof ReportError)) throw thrown
      onProblem(thrown.problem)
      again(isPassing(thrown.problem) ? RETRY_MS : undefined)
    }
  }
  void ask()
  return () => {
    clearTimeout(timer)
    ending.abort()
  }
}
