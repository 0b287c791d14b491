/** Where a call stands among others: the higher priority first, then in order of arrival. */
export interface Place {
  readonly priority: number
  /** Number of its arrival. */
  readonly arrival: number
}

/** Those who wait, in order. Sorted on entry, so that looking at the first costs nothing. */
export class LimitQueue<T extends Place> {
  #waiting: T[] = []

  get length(): number {
    return this.#waiting.length
  }

  get first(): T | undefined {
    return this.#waiting[0]
  }

  get last(): T | undefined {
    return this.#waiting.at(-1)
  }

  /** How many go before this place. */
  aheadOf(place: Place): number {
    let low = 0
    let high = this.#waiting.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#waiting[middle]
      if (other !== undefined && goesBefore(other, place)) low = middle + 1
      else high = middle
    }
    return low
  }

  add(waiter: T): void {
    this.#waiting.splice(this.aheadOf(waiter), 0, waiter)
  }

  remove(waiter: T): void {
    const index = this.aheadOf(waiter)
    if (this.#waiting[index] === waiter) this.#waiting.splice(index, 1)
  }

  /** Takes out those who are chosen, in order. */
  removeWhere(isChosen: (waiter: T) => boolean): readonly T[] {
    const chosen: T[] = []
    const others: T[] = []
    for (const waiter of this.#waiting) (isChosen(waiter) ? chosen : others).push(waiter)
    this.#waiting = others
    return chosen
  }

  /** The least of a number that each has; Infinity when nobody waits. */
  least(numberOf: (waiter: T) => number): number {
    return this.#waiting.reduce(
      (least, waiter) => Math.min(least, numberOf(waiter)),
      Number.POSITIVE_INFINITY,
    )
  }
}

export function goesBefore(one: Place, other: Place): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.arrival < other.arrival)
}
