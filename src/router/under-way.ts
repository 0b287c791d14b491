import type { AbortCause } from '../core/abort.ts'

/** Ends one call. */
type EndCall = (cause: AbortCause) => void

/** The calls of one router that have not settled; a stream is one of them until its end, and a detached one too. */
export interface CallsUnderWay {
  readonly size: number
  add(end: EndCall): void
  /** The call settles in this turn of the event loop. */
  delete(end: EndCall): void
  endAll(cause: AbortCause): void
  /** Resolves as soon as there is none, and the last one has settled. */
  none(): Promise<void>
}

export function createCallsUnderWay(): CallsUnderWay {
  const ends = new Set<EndCall>()
  const waiting: (() => void)[] = []
  return {
    get size() {
      return ends.size
    },
    add: (end) => void ends.add(end),
    delete(end) {
      ends.delete(end)
      if (ends.size === 0) for (const tell of waiting.splice(0)) tell()
    },
    endAll(cause) {
      for (const end of ends) end(cause)
    },
    none: () =>
      new Promise((resolve) => {
        if (ends.size === 0) resolve()
        else waiting.push(resolve)
      }),
  }
}
