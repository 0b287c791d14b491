import { useEffect, useState } from 'preact/hooks'
import { refreshes } from './clock.ts'
import { fetchReport, isPassing, ReportError, type Problem } from './fetch-report.ts'

/** A report on its way, there, or not to be had; the last one stays while the next is on its way. */
export interface Loaded<T> {
  readonly data: T | undefined
  readonly problem: Problem | undefined
  /** What is shown is of another question, or old. */
  readonly isStale: boolean
}

/** How soon a report that could not be had is asked for again, ms. */
export const RETRY_MS = 5_000
/** Answers that are kept, so that a view that one comes back to is there at once. */
const KEPT_MAX = 40

const kept = new Map<string, unknown>()

/**
 * Asks the cost API, and again with each refresh of the page.
 *
 * @param path undefined: not yet
 * @param pollMs ask again so long after each answer
 */
export function useReport<T>(path: string | undefined, pollMs?: number): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { readonly path: string | undefined }>(() => ({
    ...fromKept<T>(path),
    path: undefined,
  }))
  const turn = refreshes.value
  useEffect(() => {
    if (path === undefined) return
    const ending = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = (ms: number | undefined): void => {
      // Nobody looks: not now.
      const askOrWait = (): void => (document.hidden ? again(ms) : void ask())
      if (ms !== undefined) timer = setTimeout(askOrWait, ms)
    }
    const ask = async (): Promise<void> => {
      try {
        const data = await fetchReport<T>(path, ending.signal)
        keep(path, data)
        setState({ data, problem: undefined, isStale: false, path })
        again(pollMs)
      } catch (thrown) {
        if (ending.signal.aborted) return
        // What is no ReportError is a bug of this page: not to be asked for again.
        if (!(thrown instanceof ReportError)) throw thrown
        const { problem } = thrown
        setState((before) => ({ data: before.data, problem, isStale: true, path }))
        again(isPassing(problem) ? RETRY_MS : undefined)
      }
    }
    void ask()
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [path, pollMs, turn])
  const isOther = state.path !== path
  return isOther && path !== undefined && kept.has(path)
    ? fromKept<T>(path)
    : { ...state, isStale: state.isStale || isOther }
}

function fromKept<T>(path: string | undefined): Loaded<T> {
  const data = path === undefined ? undefined : (kept.get(path) as T | undefined)
  return { data, problem: undefined, isStale: false }
}

function keep(path: string, data: unknown): void {
  kept.delete(path)
  kept.set(path, data)
  const [oldest] = kept.keys()
  if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest)
}
