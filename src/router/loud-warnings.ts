import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { Clock } from '../core/clock.ts'
import { FAILURE_RULES } from '../core/failure-kind.ts'
import type { Logger } from '../core/logger.ts'
import type { Target } from '../core/target.ts'

/** Tells the operator of failures that only a human can mend (a refused key, an empty account, a dead model). */
export interface LoudWarnings {
  observe(target: Target, failure: AttemptFailure): void
}

/** A broken key fails every call: one warning a minute says it without drowning the log. */
const REPEAT_AFTER_MS = 60_000

export function createLoudWarnings(logger: Logger, clock: Clock): LoudWarnings {
  // At most targets × loud kinds entries.
  const warnedAtMs = new Map<string, number>()
  return {
    observe(target, failure) {
      const rule = FAILURE_RULES[failure.kind]
      if (!rule.isLoud) return
      const key = `${failure.kind} ${target.id}`
      const now = clock.monotonic()
      if (now - (warnedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return
      warnedAtMs.set(key, now)
      logger.warn(`express-llm: ${target.id} cannot be used: ${rule.meaning}`, {
        target: target.id,
        kind: failure.kind,
        status: failure.status,
        code: failure.code,
      })
    },
  }
}
