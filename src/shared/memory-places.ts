import type { LeaseDenial } from '../core/shared-state.ts'

/** How long who waits for a place is believed to wait still, ms: it asks several times in that. */
const WAITING_MS = 1_000

interface Sharer {
  held: number
  readonly endsMs: number
  /** Since when it waits; undefined while it does not. */
  sinceMs: number | undefined
  readonly askedMs: number
}

/** One process's view of the places, at one moment. */
interface PlacesAsked {
  /** Undefined when it may take one of so many. */
  askFor(places: number): LeaseDenial | undefined
  take(): void
}

/**
 * Who has how many attempts under way. A place goes to the process that has waited for it longest; its even part of all
 * places everybody may take at once.
 */
export class MemoryPlaces {
  readonly #sharers = new Map<string, Sharer>()

  /** A process tells what it holds, and asks. */
  of(
    { process, nowMs, leaseMs }: { process: string; nowMs: number; leaseMs: number },
    held: number,
  ): PlacesAsked {
    const sinceMs = this.#sharers.get(process)?.sinceMs ?? nowMs
    const own: Sharer = { held, endsMs: nowMs + leaseMs, sinceMs: undefined, askedMs: nowMs }
    this.#sharers.set(process, own)
    for (const [name, { endsMs }] of this.#sharers) if (endsMs <= nowMs) this.#sharers.delete(name)
    const waiting = ({ askedMs, sinceMs }: Sharer): number =>
      sinceMs !== undefined && nowMs - askedMs <= WAITING_MS ? sinceMs : Number.POSITIVE_INFINITY
    return {
      askFor: (places) => {
        const others = [...this.#sharers.values()].filter((sharer) => sharer !== own)
        const free = places - others.reduce((sum, { held }) => sum + held, own.held)
        const sharers = 1 + others.filter((other) => other.held > 0 || Number.isFinite(waiting(other))).length
        const earlier = others.filter((other) => waiting(other) < sinceMs).length
        if (free > 0 && (own.held < Math.floor(places / sharers) || free > earlier)) return undefined
        own.sinceMs = sinceMs
        return { by: 'places', soonestMs: 0, againMs: own.held > 0 ? 250 : 50 }
      },
      take: () => void (own.held += 1),
    }
  }
}
