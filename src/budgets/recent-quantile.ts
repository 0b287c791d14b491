/** So many of the newest values count. */
const VALUES_MAX = 100

/** With fewer, one short answer would stand for all. */
const VALUES_MIN = 5

/**
 * What only one in twenty of the last hundred values exceeds, exactly: values that are always the same are told as they are.
 * Memory is fixed, 1.6 kB.
 */
export class RecentQuantile {
  /** In the order of arrival, the oldest at `#next` once it is full. */
  readonly #ring = new Float64Array(VALUES_MAX)
  readonly #sorted = new Float64Array(VALUES_MAX)
  #count = 0
  #next = 0

  /** Undefined while too few are known. */
  get p95(): number | undefined {
    return this.#count < VALUES_MIN ? undefined : this.#sorted[Math.ceil(this.#count * 0.95) - 1]
  }

  add(value: number): void {
    if (!Number.isFinite(value)) return
    if (this.#count === VALUES_MAX) this.#forget(this.#ring[this.#next] ?? 0)
    const place = this.#placeOf(value)
    this.#sorted.copyWithin(place + 1, place, this.#count)
    this.#sorted[place] = value
    this.#count += 1
    this.#ring[this.#next] = value
    this.#next = (this.#next + 1) % VALUES_MAX
  }

  #forget(value: number): void {
    const place = this.#placeOf(value)
    this.#sorted.copyWithin(place, place + 1, this.#count)
    this.#count -= 1
  }

  /** Of the first that is not less. */
  #placeOf(value: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1
      else high = middle
    }
    return low
  }
}
