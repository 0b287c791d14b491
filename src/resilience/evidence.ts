/** What an attempt's end says about its target. Pure; time is a parameter. */
import type { AttemptFailure } from '../core/attempt-failure.ts'
import { FAILURE_RULES, type FailureKind } from '../core/failure-kind.ts'
import type { Verdict } from './breaker.ts'
import type { Cooldown } from './cooldowns.ts'

export interface CooldownPolicy {
  /** For what only a human can mend, ms. */
  readonly longCooldownMs: number
  /** Longest Retry-After that is believed, ms. */
  readonly cooldownMaxMs: number
}

export interface Evidence {
  /** For the breaker. */
  readonly verdict: Verdict
  readonly cooldown?: Cooldown
}

const ANSWERED: Evidence = { verdict: 'answered' }
const FAILED: Evidence = { verdict: 'failed' }
const NOTHING: Evidence = { verdict: 'nothing' }

export function evidenceOf(
  failure: AttemptFailure | undefined,
  nowMs: number,
  policy: CooldownPolicy,
): Evidence {
  if (failure === undefined) return ANSWERED
  const { kind, wasSent } = failure
  switch (FAILURE_RULES[kind].cooldown) {
    case 'breaker':
      // Unsent after all that time: as a rule nobody took the connection, seldom our own pool was full.
      return FAILED
    case 'retry-after':
      return askedToWait(failure.retryAfterMs, nowMs, policy)
    case 'long': {
      const untilMs = nowMs + policy.longCooldownMs
      if (!isLong(kind)) throw new TypeError(`a long cooldown after ${kind} has no cause`)
      return { verdict: 'nothing', cooldown: { cause: kind, untilMs } }
    }
    case 'none':
      // Who refuses a request, or has answered it, is there. What we ended or never sent shows nothing.
      return wasSent && !ENDED_BY_US.has(kind) ? ANSWERED : NOTHING
  }
}

const ENDED_BY_US: ReadonlySet<FailureKind> = new Set(['cancelled', 'abandoned', 'hedge-lost'])

/** 0, less, or no number at all is as good as no Retry-After: then the failures are counted. */
function askedToWait(ms: number | undefined, nowMs: number, { cooldownMaxMs }: CooldownPolicy): Evidence {
  if (ms === undefined || !(ms > 0)) return FAILED
  const cooldown = { cause: 'retry-after', untilMs: nowMs + Math.min(ms, cooldownMaxMs) } as const
  return { verdict: 'nothing', cooldown }
}

/** Each target finds out for itself: a key may be good for one model and not for another. */
const LONG = new Set(['auth', 'quota', 'not-found'] as const)

function isLong(kind: string): kind is 'auth' | 'quota' | 'not-found' {
  return (LONG as ReadonlySet<string>).has(kind)
}
