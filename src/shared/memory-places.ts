/** How long who waits for a place is believed to wait still, ms: it asks several times in that. */
const WAITING_MS = 1_000

interface Sharer {
  held: number
  endsMs: number
  /** Since when it waits, and when it has last asked. */
  waits: { readonly sinceMs: number; readonly askedMs: number } | undefined
}

/** One process's view of the places, at one moment. */
export interface PlacesAsked {
  /** May it take one more? */
  isFree(places: number): boolean
  take(): void
  /** There was none for it. @returns when to ask again, ms */
  wait(): number
}

/**
 * Who has how many attempts under way. A place goes to the process that has waited for it longest; its even part of all
 * places everybody may take at once.
 */
export class MemoryPlaces {
  readonly #sharers = new Map<string, Sharer>()

  /** A process tells what it holds, and asks. */
  ask(
    process: string,
    { held, nowMs, leaseMs }: { held: number; nowMs: number; leaseMs: number },
  ): PlacesAsked {
    this.#forget(nowMs)
    const before = this.#sharers.get(process)?.waits
    const own: Sharer = { held, endsMs: nowMs + leaseMs, waits: undefined }
    this.#sharers.set(process, own)
    const sinceMs = before?.sinceMs ?? nowMs
    return {
      isFree: (places) => {
        const free = places - this.#used()
        if (free <= 0) return false
        const others = [...this.#sharers.values()].filter((sharer) => sharer !== own)
        const sharers = 1 + others.filter(({ held, waits }) => held > 0 || waits !== undefined).length
        const earlier = others.filter(({ waits }) => waits !== undefined && waits.sinceMs < sinceMs).length
        return own.held < Math.floor(places / sharers) || free > earlier
      },
      take: () => void (own.held += 1),
      wait() {
        own.waits = { sinceMs, askedMs: nowMs }
        return own.held > 0 ? 250 : 50
      },
    }
  }

  #used(): number {
    return [...this.#sharers.values()].reduce((sum, { held }) => sum + held, 0)
  }

  #forget(nowMs: number): void {
    for (const [process, sharer] of this.#sharers) {
      if (sharer.waits !== undefined && nowMs - sharer.waits.askedMs > WAITING_MS) sharer.waits = undefined
      if (sharer.endsMs <= nowMs || (sharer.held === 0 && sharer.waits === undefined))
        this.#sharers.delete(process)
    }
  }
}
