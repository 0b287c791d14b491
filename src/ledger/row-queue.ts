import type { LedgerRow } from '../core/ledger-row.ts'

/** Rows in their order, up to a number. */
export class RowQueue {
  readonly #max: number
  #rows: LedgerRow[] = []
  /** Rows at the begin that are gone: to move the others up each time would cost more than to keep their places. */
  #gone = 0
  #added = 0

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#rows.length - this.#gone
  }

  /** Rows that have ever been added. */
  get added(): number {
    return this.#added
  }

  /** Rows that have been, and are not here any more. */
  get removed(): number {
    return this.#added - this.size
  }

  /** @returns false, and nothing is added, where there is no room for all of them */
  add(rows: readonly LedgerRow[]): boolean {
    if (this.size + rows.length > this.#max) return false
    for (const row of rows) this.#rows.push(row)
    this.#added += rows.length
    return true
  }

  first(count: number): readonly LedgerRow[] {
    return this.#rows.slice(this.#gone, this.#gone + count)
  }

  remove(count: number): void {
    this.#gone += count
    if (this.#gone < this.#rows.length / 2) return
    this.#rows = this.#rows.slice(this.#gone)
    this.#gone = 0
  }

  clear(): void {
    this.remove(this.size)
  }
}
