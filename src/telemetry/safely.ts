/** Runs `work`; when it throws, says so once per `part` and answers `otherwise`. Never throws itself. */
export type Safely = <T>(part: string, work: () => T, otherwise: T) => T

/**
 * Observability may fail, a call may not: everything that touches OpenTelemetry runs inside this.
 *
 * @param onProblem told once per part, not once per call
 */
export function createSafely(onProblem: (message: string) => void): Safely {
  const toldParts = new Set<string>()
  return (part, work, otherwise) => {
    try {
      return work()
    } catch (thrown) {
      if (!toldParts.has(part)) {
        toldParts.add(part)
        tell(
          onProblem,
          `express-llm: telemetry failed (${part}: ${wordsOf(thrown)}); calls go on without it.`,
        )
      }
      return otherwise
    }
  }
}

/** Who is called by us here (span processors, samplers, listeners) sees no prompt, answer or key, so their words hold none. */
export function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : typeof thrown
}

function tell(onProblem: (message: string) => void, message: string): void {
  try {
    onProblem(message)
  } catch {
    // The app's own logger is broken: there is nobody left to tell, and the call must go on.
  }
}
