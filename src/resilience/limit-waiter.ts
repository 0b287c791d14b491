import type { Asking, LimitLane, Waiting } from './limit-lane.ts'
import type { LimitPermit, LimitRefusal } from './limit-seam.ts'

export type Answer = LimitPermit | LimitRefusal

/** A call that asks, since when it does, and how long it has waited here before. */
export interface Comer extends Asking {
  readonly sinceMs: number
  readonly queuedMs: number
}

/** A call that may have to wait. */
export interface Coming extends Waiting, Comer {
  readonly lanes: readonly Lane[]
  /** Where it waits. */
  home: Lane
}

/** One that waits: in a queue, or for a lease. */
export interface Waiter extends Coming {
  /** It has its answer. */
  isOver: boolean
  readonly answer: (answer: Answer) => void
  readonly fail: (reason: unknown) => void
}

export type Lane = LimitLane<Waiter>

interface Waits {
  readonly begin: (waiter: Waiter) => void
  readonly onAbort: (waiter: Waiter) => void
}

/** Lets a call wait. @returns its answer; what it fails with is the rejection */
export function answerOf(call: Coming, signal: AbortSignal, { begin, onAbort }: Waits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      waiter.isOver = true
      signal.removeEventListener('abort', abort)
    }
    const waiter: Waiter = {
      ...call,
      isOver: false,
      answer: (answer) => {
        end()
        resolve(answer)
      },
      fail: (reason) => {
        end()
        reject(reason)
      },
    }
    const abort = (): void => onAbort(waiter)
    signal.addEventListener('abort', abort, { once: true })
    begin(waiter)
  })
}
