const BUCKETS = 240

/**
 * The running bucket and those that lie wholly or partly in the span before it make BUCKETS + 1. One more is kept because
 * requests travel: a provider may see two of them 250 ms (of a minute) closer together than they were sent.
 */
const KEPT = BUCKETS + 2

/** What was added in one bucket. */
interface Weight {
  readonly ms: number
  readonly weight: number
}

/**
 * The sum of what was added in the last span, rounded up: a bucket counts whole until its last moment is out. So a limit
 * on this sum holds in every span, wherever it begins, and costs less than 1 % of the rate. Memory is fixed, whatever comes.
 */
export class LimitWindow {
  readonly #bucketMs: number
  readonly #weights = new Float64Array(KEPT)
  #newest = 0
  #total = 0

  constructor(spanMs: number) {
    this.#bucketMs = spanMs / BUCKETS
  }

  /** @param nowMs monotonic, not negative */
  sum(nowMs: number): number {
    this.#moveTo(nowMs)
    return this.#total
  }

  /** What it holds, and about when that was added. */
  history(nowMs: number): readonly Weight[] {
    this.#moveTo(nowMs)
    if (this.#total === 0) return []
    return Array.from({ length: KEPT }, (_, index) => this.#newest - index)
      .map((bucket) => ({ ms: (bucket + 0.5) * this.#bucketMs, weight: this.#weightOf(bucket) }))
      .filter(({ ms, weight }) => ms > 0 && weight > 0)
  }

  add(nowMs: number, weight: number): void {
    this.#moveTo(nowMs)
    this.#change(this.#newest, weight)
  }

  /** More was taken at that time, which counts from now, or less. */
  correct(nowMs: number, addedMs: number, weight: number): void {
    if (weight < 0) this.takeBack(addedMs, -weight)
    else this.add(nowMs, weight)
  }

  /** Takes back part of what was added at `addedMs`; nothing when that is out of the window. */
  takeBack(addedMs: number, weight: number): void {
    this.#takeFrom(this.#bucketOf(addedMs), weight)
  }

  /** What was added at one time counts from another, which is later; in full, even where the first is out of the window. */
  move(addedMs: number, laterMs: number, weight: number): void {
    this.#moveTo(laterMs)
    const from = this.#bucketOf(addedMs)
    const to = this.#bucketOf(laterMs)
    if (from === to) return
    this.#takeFrom(from, weight)
    if (to > this.#newest - KEPT) this.#change(to, weight)
  }

  /** How long until at least `weight`, which must not be more than the sum, is out of the window, ms. */
  freeInMs(nowMs: number, weight: number): number {
    this.#moveTo(nowMs)
    let free = 0
    let bucket = Math.max(0, this.#newest - KEPT + 1)
    for (; bucket < this.#newest; bucket++) {
      free += this.#weightOf(bucket)
      if (free >= weight) break
    }
    return (bucket + KEPT) * this.#bucketMs - nowMs
  }

  #takeFrom(bucket: number, weight: number): void {
    if (bucket > this.#newest - KEPT) this.#change(bucket, -Math.min(weight, this.#weightOf(bucket)))
  }

  #bucketOf(ms: number): number {
    return Math.floor(ms / this.#bucketMs)
  }

  #weightOf(bucket: number): number {
    return this.#weights[bucket % KEPT] ?? 0
  }

  #change(bucket: number, weight: number): void {
    this.#weights[bucket % KEPT] = this.#weightOf(bucket) + weight
    this.#total += weight
  }

  #moveTo(nowMs: number): void {
    const newest = this.#bucketOf(nowMs)
    const first = Math.max(this.#newest + 1, newest - KEPT + 1)
    for (let bucket = first; bucket <= newest; bucket++) this.#change(bucket, -this.#weightOf(bucket))
    this.#newest = Math.max(this.#newest, newest)
  }
}
