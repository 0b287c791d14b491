import type { AttemptError } from '../core/attempt-failure.ts'
import { classifyAiSdkError } from './ai-sdk-error.ts'
import { cancelled, type FailureContext, timedOut } from './classify-error.ts'
import { timerMs } from './request-options.ts'

/** One thing that a model of the AI SDK is asked to do. */
export interface ModelWork<T> {
  readonly run: () => PromiseLike<T>
  /** Aborted when nobody waits any more. */
  readonly aborter: AbortController
  /** Gets what comes after that. */
  readonly discard?: (late: T) => void
}

/**
 * Waits for a model until it settles, the time is up or the signal aborts, even when the model minds no signal.
 *
 * @throws AttemptError
 */
export function within<T>(context: FailureContext, { run, aborter, discard }: ModelWork<T>): Promise<T> {
  const { signal, timeoutMs } = context
  return new Promise<T>((resolve, reject) => {
    const end = (error: AttemptError): void => {
      release()
      aborter.abort(error)
      reject(error)
    }
    const onAbort = (): void => end(cancelled(context))
    const timer = setTimeout(() => end(timedOut(context)), timerMs(timeoutMs))
    const release = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = (result: T): void => {
      if (aborter.signal.aborted) discard?.(result)
      else resolve(result)
    }
    // Within a promise, so that a model which throws instead of rejecting is caught too.
    const running = Promise.resolve().then(() => run())
    running.then(settle, (thrown: unknown) => reject(classifyAiSdkError(thrown, context))).finally(release)
  })
}
