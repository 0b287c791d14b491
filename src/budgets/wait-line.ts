/**
 * Those who wait for money that others hold. They stand in one line for each counter that is in the way, in the order in which
 * they came; only the first of a line tries again, when something has been settled, and nobody passes.
 */
import type { Eventual } from '../core/budget-store.ts'
import type { Clock } from '../core/clock.ts'
import { startTimer } from '../core/timer.ts'
import type { RequestPurse } from './request-purse.ts'

/** A counter: its key, or the purse of one HTTP request. */
export type Obstacle = string | RequestPurse

/** What trying has come to. `T` where money was there, `R` where it was not. */
export type Tried<T, R> =
  | { readonly hold: T }
  | {
      readonly refusal: R
      /** Where others hold what is missing; undefined where it has been spent. */
      readonly heldAt: Obstacle | undefined
    }

export interface WaitLineParts<T> {
  readonly clock: Clock
  /** Others may settle where this process does not see it: how often the first of each line looks, ms. */
  readonly lookEveryMs: number | undefined
  /** Gives back what came too late for the one who had asked. */
  readonly release: (hold: T) => void
}

export interface Wait<T, R> {
  readonly at: Obstacle
  readonly tryAgain: () => Eventual<Tried<T, R>>
  readonly maxWaitMs: number
  readonly signal: AbortSignal
}

interface Waiter<T, R> extends Omit<Wait<T, R>, 'maxWaitMs'> {
  at: Obstacle
  readonly arrival: number
  isTrying: boolean
  /** Something was settled while it was trying. */
  isAskedAgain: boolean
  /** Its time is up: whatever the try under way comes to is its answer. */
  isLate: boolean
  isOver: boolean
  readonly answer: (answer: T | R) => void
}

interface Line<T, R> {
  readonly waiters: Waiter<T, R>[]
  timer: NodeJS.Timeout | undefined
}

export class WaitLine<T, R> {
  readonly #parts: WaitLineParts<T>
  /** None without waiters: as many as calls under way at most. */
  readonly #lines = new Map<Obstacle, Line<T, R>>()
  #arrivals = 0

  constructor(parts: WaitLineParts<T>) {
    this.#parts = parts
  }

  /** The first of these that somebody waits at. */
  busyAt(obstacles: Iterable<Obstacle>): Obstacle | undefined {
    if (this.#lines.size === 0) return undefined
    for (const obstacle of obstacles) if (this.#lines.has(obstacle)) return obstacle
    return undefined
  }

  /**
   * Waits at the end of the line.
   *
   * @returns what the last try has come to, when the money is there, is spent, or the time is up
   * @throws the signal's reason
   */
  wait({ maxWaitMs, ...wait }: Wait<T, R>): Promise<T | R> {
    const { signal } = wait
    return new Promise((resolve, reject) => {
      const end = (): void => {
        waiter.isOver = true
        stop()
        signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter<T, R> = {
        ...wait,
        arrival: (this.#arrivals += 1),
        isTrying: false,
        isAskedAgain: false,
        isLate: false,
        isOver: false,
        answer(answer) {
          end()
          resolve(answer)
        },
      }
      const onAbort = (): void => {
        end()
        reject(signal.reason)
        this.#remove(waiter)
        this.#serve(waiter.at)
      }
      const stop = startTimer(this.#parts.clock, maxWaitMs, () => {
        waiter.isLate = true
        const { at } = waiter
        if (!waiter.isTrying && this.#try(waiter)) this.#serve(at)
      })
      if (signal.aborted) {
        onAbort()
        return
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#enter(waiter)
    })
  }

  /** Something has been settled there. */
  wake(obstacles: Iterable<Obstacle>): void {
    if (this.#lines.size === 0) return
    for (const obstacle of obstacles) this.#serve(obstacle)
  }

  #enter(waiter: Waiter<T, R>): void {
    const line = this.#lines.get(waiter.at) ?? this.#open(waiter.at)
    const behind = line.waiters.findIndex(({ arrival }) => arrival > waiter.arrival)
    line.waiters.splice(behind === -1 ? line.waiters.length : behind, 0, waiter)
  }

  #open(at: Obstacle): Line<T, R> {
    const line: Line<T, R> = { waiters: [], timer: undefined }
    const { lookEveryMs } = this.#parts
    if (lookEveryMs !== undefined) line.timer = setInterval(() => this.#serve(at), lookEveryMs)
    this.#lines.set(at, line)
    return line
  }

  #remove(waiter: Waiter<T, R>): void {
    const line = this.#lines.get(waiter.at)
    const place = line?.waiters.indexOf(waiter) ?? -1
    if (line === undefined || place === -1) return
    line.waiters.splice(place, 1)
    if (line.waiters.length > 0) return
    clearInterval(line.timer)
    this.#lines.delete(waiter.at)
  }

  /** The first of the line tries; whoever leaves it makes room for the next. */
  #serve(at: Obstacle): void {
    for (let first = this.#firstAt(at); first !== undefined; first = this.#firstAt(at)) {
      first.isAskedAgain = first.isTrying
      if (first.isTrying || !this.#try(first)) return
    }
  }

  #firstAt(at: Obstacle): Waiter<T, R> | undefined {
    return this.#lines.get(at)?.waiters[0]
  }

  /** @returns whether it has left its line, at once */
  #try(waiter: Waiter<T, R>): boolean {
    const { at } = waiter
    waiter.isTrying = true
    const tried = waiter.tryAgain()
    if (!(tried instanceof Promise)) return this.#take(waiter, tried)
    void tried.then((outcome) => {
      const { isAskedAgain } = waiter
      if (this.#take(waiter, outcome) || isAskedAgain) this.#serve(at)
    })
    return false
  }

  /** @returns whether it has left its line */
  #take(waiter: Waiter<T, R>, tried: Tried<T, R>): boolean {
    waiter.isTrying = false
    waiter.isAskedAgain = false
    if (waiter.isOver) {
      if ('hold' in tried) this.#parts.release(tried.hold)
      return false
    }
    const isAnswered = 'hold' in tried || tried.heldAt === undefined || waiter.isLate
    if (!isAnswered && tried.heldAt === waiter.at) return false
    this.#remove(waiter)
    if (isAnswered) waiter.answer('hold' in tried ? tried.hold : tried.refusal)
    else if (tried.heldAt !== undefined) {
      waiter.at = tried.heldAt
      this.#enter(waiter)
    }
    return true
  }
}
