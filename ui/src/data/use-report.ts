import { useEffect, useState } from 'preact/hooks'
import { refreshes } from './clock.ts'
import type { Problem } from './fetch-report.ts'
import { keepAsking } from './keep-asking.ts'

/** A report on its way, there, or not to be had; the last one stays while the next is on its way. */
export interface Loaded<T> {
  readonly data: T | undefined
  readonly problem: Problem | undefined
  /** What is shown is of another question, or old. */
  readonly isStale: boolean
}

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
    return keepAsking<T>({
      path: () => path,
      pollMs,
      onReport(data) {
        keep(path, data)
        setState({ data, problem: undefined, isStale: false, path })
      },
      onProblem: (problem) => setState((before) => ({ data: before.data, problem, isStale: true, path })),
    })
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
