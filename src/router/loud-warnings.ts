import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { Clock } from '../core/clock.ts'
import { FAILURE_RULES } from '../core/failure-kind.ts'
import type { LlmError } from '../core/llm-error.ts'
import type { Logger } from '../core/logger.ts'
import type { Target } from '../core/target.ts'

/** Tells the operator of what only a human can mend: a refused key, an empty account, a dead model, too many calls. */
export interface LoudWarnings {
  observe(target: Target, failure: AttemptFailure): void
  /** A call was refused for its own router's sake. */
  shed(why: string): void
  /** Somebody wants to know what was spent, and the ledger cannot be read. */
  unreadable(error: LlmError): void
}

/** A broken key fails every call, and a burst is many: one warning a minute says it without drowning the log. */
const REPEAT_AFTER_MS = 60_000

export function createLoudWarnings(logger: Logger, clock: Clock): LoudWarnings {
  // At most targets × loud kinds entries, and two.
  const warnedAtMs = new Map<string, number>()

  function isDue(key: string): boolean {
    const now = clock.monotonic()
    if (now - (warnedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return false
    warnedAtMs.set(key, now)
    return true
  }

  return {
    observe(target, failure) {
      const rule = FAILURE_RULES[failure.kind]
      if (!rule.isLoud) return
      if (!isDue(`${failure.kind} ${target.id}`)) return
      logger.warn(`express-llm: ${target.id} cannot be used: ${rule.meaning}`, {
        target: target.id,
        kind: failure.kind,
        status: failure.status,
        code: failure.code,
      })
    },
    shed(why) {
      if (isDue('shed')) logger.warn(`express-llm: calls are refused with 503, because ${why}`)
    },
    unreadable({ message, cause }) {
      if (isDue('unreadable')) logger.warn(`express-llm: ${message}`, { cause: causeOf(cause) })
    },
  }
}

/** The words of a store: where it is, what is in the way. */
function causeOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.message : undefined
}
