import { FAILURE_RULES, type FailureRule } from '../core/failure-kind.ts'
import type { Logger } from '../core/logger.ts'
import type { HealthChange } from '../core/target-health.ts'
import type { Target } from '../core/target.ts'
import { wordsOf } from './safely.ts'
import type { Telemetry } from './telemetry.ts'

/** Who is told, besides telemetry, that a target's state has changed. */
export interface HealthListeners {
  /** By id. */
  readonly targets: ReadonlyMap<string, Target>
  readonly logger: Logger
  /** The app's own; what it throws, or rejects with, is logged. */
  readonly onHealthChange: ((change: HealthChange) => unknown) | undefined
}

/** What health calls at each change: it is counted, logged and told to the app. Never throws. */
export function createHealthListener(
  telemetry: Pick<Telemetry, 'healthChanged'>,
  { targets, logger, onHealthChange }: HealthListeners,
): (change: HealthChange) => void {
  return (change) => {
    const target = targets.get(change.target)
    if (target !== undefined) telemetry.healthChanged(target, change)
    logChange(logger, change)
    new Promise((resolve) => resolve(onHealthChange?.(change))).catch((thrown: unknown) =>
      logger.error('express-llm: onHealthChange failed', { ...change, error: wordsOf(thrown) }),
    )
  }
}

/** One warning when an outage begins and one line when it is over; the probes in between are for who looks closely. */
function logChange(logger: Logger, change: HealthChange): void {
  const { target, from, to, cause } = change
  const rule = ruleOf(cause)
  if (to === 'closed') logger.info(`express-llm: ${target} is asked as usual again`, change)
  // What only a human can mend is warned of by itself.
  else if (from !== 'closed' || rule?.isLoud === true)
    logger.debug(`express-llm: ${target} is ${to} now, it was ${from}`, change)
  else logger.warn(`express-llm: ${target} is left alone for now: ${rule?.meaning ?? cause}`, change)
}

function ruleOf(cause: string): FailureRule | undefined {
  const rules: Readonly<Record<string, FailureRule>> = FAILURE_RULES
  return Object.hasOwn(rules, cause) ? rules[cause] : undefined
}
