/** The ids that were added last: at least half as many as its maximum, where there were so many. */
export class RecentIds {
  readonly #max: number
  #recent = new Set<string>()
  #older = new Set<string>()

  constructor(max: number) {
    this.#max = Math.max(1, Math.floor(max / 2))
  }

  has(id: string): boolean {
    return this.#recent.has(id) || this.#older.has(id)
  }

  add(id: string): void {
    if (this.#recent.size >= this.#max) {
      this.#older = this.#recent
      this.#recent = new Set()
    }
    this.#recent.add(id)
  }
}
