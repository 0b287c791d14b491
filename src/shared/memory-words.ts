import { partOf, type HealthNews, type TargetNews } from '../core/shared-state.ts'

/** How long the last word on a breaker is kept when it is over, ms. */
const KEPT_MS = 600_000

interface Word {
  readonly news: TargetNews
  readonly untilMs: number
}

/** The last words on targets; see `shared/sync-script.ts`, which does the same. */
export class MemoryWords {
  readonly #words = new Map<string, Word>()
  #count = 0

  tell(news: HealthNews, { by, nowMs }: { readonly by: string; readonly nowMs: number }): void {
    const slot = `${partOf(news)}:${news.target}`
    const untilMs = nowMs + ('forMs' in news ? news.forMs : 0)
    const before = this.#words.get(slot)
    if (before?.news.what === news.what && before.untilMs > untilMs) return
    this.#words.set(slot, { news: { ...news, by, word: String(this.#count++) }, untilMs })
  }

  all(nowMs: number): readonly TargetNews[] {
    for (const [slot, { untilMs }] of this.#words) {
      if (untilMs + KEPT_MS <= nowMs) this.#words.delete(slot)
    }
    return [...this.#words.values()].map(({ news, untilMs }) =>
      'forMs' in news ? { ...news, forMs: untilMs - nowMs } : news,
    )
  }
}
