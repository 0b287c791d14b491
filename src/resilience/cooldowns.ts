/** Until when a target is left alone because somebody gave a reason. Pure; time is a parameter. */
import type { CooldownCause, Unavailable } from '../core/target-health.ts'

export interface Cooldown {
  readonly cause: CooldownCause
  /** On the clock that tells durations. */
  readonly untilMs: number
}

/** A cooldown is never shortened: of two, the one that ends later. */
export function later(one: Cooldown | undefined, other: Cooldown | undefined): Cooldown | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return other.untilMs > one.untilMs ? other : one
}

/** The cooldown, unless it is over. */
export function current(cooldown: Cooldown | undefined, nowMs: number): Cooldown | undefined {
  return cooldown !== undefined && cooldown.untilMs > nowMs ? cooldown : undefined
}

const WORDS: Readonly<Record<CooldownCause, string>> = {
  'retry-after': 'it asked for that with Retry-After',
  quota: 'the account has no credit left',
  auth: 'the key was refused',
  'not-found': 'the model or the path does not exist',
}

/** Why the target of a current cooldown is not asked. */
export function resting({ cause, untilMs }: Cooldown, nowMs: number): Unavailable {
  const availableInMs = untilMs - nowMs
  return { why: 'cooldown', detail: `${leftAlone(availableInMs)}: ${WORDS[cause]}`, availableInMs }
}

export function leftAlone(ms: number): string {
  return `left alone for ${Math.ceil(ms / 1000)} s more`
}
