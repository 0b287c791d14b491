/** Buckets grow by a tenth each, so that a quantile is told to within a tenth: from 1 ms to more than an hour. */
const GROWTH = 1.1
const BUCKETS = 160
const LOG_GROWTH = Math.log(GROWTH)

/** With fewer, the slowest of all would be taken for the slowest twentieth. */
const SAMPLES_MIN = 20

/** At so many all counts are halved: what is told rests on the last few hundred times, of which the newest weigh most. */
const SAMPLES_MAX = 500

/** The time that only one in twenty takes longer than, of late. Memory is fixed: 320 bytes, whatever comes. */
export class LatencyQuantile {
  readonly #counts = new Uint16Array(BUCKETS)
  #total = 0

  /** @returns the upper end of the bucket that holds it, ms; undefined while too few times are known */
  p95Ms(): number | undefined {
    if (this.#total < SAMPLES_MIN) return undefined
    const rest = this.#total / 20
    let above = 0
    let bucket = BUCKETS
    while (above <= rest && bucket > 0) above += this.#counts[--bucket] ?? 0
    return GROWTH ** (bucket + 1)
  }

  add(ms: number): void {
    const bucket = bucketOf(ms)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#total += 1
    if (this.#total >= SAMPLES_MAX) this.#halve()
  }

  /**
   * Somebody stopped waiting after this time. It counts only where it is one of the slowest whatever it would have taken:
   * without those, the times that are cut off because they are long would be missing, and the quantile would sink.
   */
  addAtLeast(ms: number): void {
    if (ms >= (this.p95Ms() ?? Number.POSITIVE_INFINITY)) this.add(ms)
  }

  #halve(): void {
    this.#total = 0
    for (const [bucket, count] of this.#counts.entries()) {
      this.#counts[bucket] = count >> 1
      this.#total += count >> 1
    }
  }
}

function bucketOf(ms: number): number {
  return ms > 1 ? Math.min(BUCKETS - 1, Math.floor(Math.log(ms) / LOG_GROWTH)) : 0
}
