/** Why an operation on a store came to nothing. */
export interface StoreFailure {
  readonly why: 'timeout' | 'error'
  /** The kind of error in a word, without anything that it says. */
  readonly word: string
}

/** What an operation came to. */
export type BoundedOutcome<T> = { readonly value: T } | StoreFailure

/**
 * An operation on a store that may fail or hang: never rejects, and waits no longer than that.
 *
 * @param onLate gets what comes after that
 */
export function boundedOperation<T>(
  operation: () => Promise<T>,
  timeoutMs: number,
  onLate?: (late: T) => void,
): Promise<BoundedOutcome<T>> {
  return new Promise((resolve) => {
    let isOver = false
    const end = (outcome: BoundedOutcome<T>): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      resolve(outcome)
    }
    // Where this process has been busy for so long, the answer may be there, unread: it is read first.
    const timer = setTimeout(() => setImmediate(() => end({ why: 'timeout', word: 'no answer' })), timeoutMs)
    // A client may also throw at once.
    new Promise<T>((started) => started(operation())).then(
      (value) => {
        if (isOver) onLate?.(value)
        end({ value })
      },
      (error: unknown) => end({ why: 'error', word: wordOf(error) }),
    )
  })
}

/** A client's errors may quote keys and addresses, so only the kind is told: the code of Redis, PostgreSQL or Node. */
export function wordOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') return code
  return /^[A-Z]{3,}(?= )/.exec(error.message)?.[0] ?? error.constructor.name
}
