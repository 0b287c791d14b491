const WINDOW_MS = 60_000

export interface FakeRateLimit {
  /** Counts a request. @returns undefined when it may pass, else how many whole seconds to stay away */
  take(nowMs: number): number | undefined
}

/** At most `requestsPerMinute` in any 60 seconds; refused requests do not count. */
export function createFakeRateLimit(requestsPerMinute: number): FakeRateLimit {
  const passedAtMs: number[] = []
  return {
    take(nowMs) {
      while (passedAtMs[0] !== undefined && passedAtMs[0] <= nowMs - WINDOW_MS) passedAtMs.shift()
      const [oldest] = passedAtMs
      if (oldest !== undefined && passedAtMs.length >= requestsPerMinute) {
        return Math.ceil((oldest + WINDOW_MS - nowMs) / 1000)
      }
      passedAtMs.push(nowMs)
      return undefined
    },
  }
}
