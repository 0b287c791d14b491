import type { Clock } from './clock.ts'
import { LlmError } from './llm-error.ts'
import { startTimer } from './timer.ts'

/** Who ended a call: `express_llm.abort.cause` of its spans. */
export type AbortCause =
  | 'client_gone'
  | 'caller_signal'
  | 'deadline'
  | 'router_closed'
  /** The reader of a stream has left it: `break`, `.abort()`, a cancelled body. */
  | 'reader_stopped'
  /** Nobody has read a stream for longer than `timeouts.abandonedMs`. */
  | 'abandoned'

/** The reason of every abort in this package: an `LlmError` that knows who aborted. */
export class CallAborted extends LlmError {
  readonly abortCause: AbortCause

  constructor(abortCause: AbortCause, cause?: unknown) {
    super({ ...WORDS[abortCause], cause })
    this.abortCause = abortCause
  }
}

/** Another process, or the next one in this one's place, can answer soon, ms. */
export const CLOSED_RETRY_AFTER_MS = 1_000

const WORDS = {
  // 499 is nginx's status for a client that closed its request.
  client_gone: {
    code: 'cancelled',
    status: 499,
    message: 'The client closed its request before the answer was there.',
  },
  caller_signal: { code: 'cancelled', status: 499, message: 'The call was aborted by its own signal.' },
  deadline: {
    code: 'deadline_exceeded',
    status: 504,
    message: 'The call did not finish before its deadline (`timeout`, or `timeouts.callMs` of the config).',
  },
  reader_stopped: {
    code: 'cancelled',
    status: 499,
    message: 'The stream was left by its reader before its end.',
  },
  abandoned: {
    code: 'stream_abandoned',
    status: 499,
    message: 'Nobody read the stream for longer than `timeouts.abandonedMs`, so it was ended.',
  },
  router_closed: {
    code: 'router_closed',
    status: 503,
    message: 'The router was closed before the answer was there.',
    retryAfterMs: CLOSED_RETRY_AFTER_MS,
  },
} as const

/** A signal that aborts with either; the one that is there where the other is not. */
export function joinedSignal(one: AbortSignal | null | undefined, other: AbortSignal): AbortSignal {
  return one ? AbortSignal.any([one, other]) : other
}

/** Resolves once `ms` have passed on the clock, or rejects with the signal's reason as soon as it aborts. Leaves no timer and no listener. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const onAbort = (): void => {
      stop()
      reject(signal.reason)
    }
    const stop = startTimer(clock, ms, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * Waits for `work`, but not past the signal: rejects with its reason as soon as it aborts. For what cannot be aborted
 * itself (the app's own functions); it goes on, and its end is of no interest any more.
 */
export async function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
