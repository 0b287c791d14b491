import type { BudgetEvent } from '../core/budget.ts'
import type { Clock } from '../core/clock.ts'
import { toUsd } from '../core/money.ts'
import type { Logger } from '../core/logger.ts'
import { wordsOf } from './safely.ts'
import type { Telemetry } from './telemetry.ts'

/** What fails with every call is told once in so long, ms. */
const TELL_EVERY_MS = 60_000

/** Why an operation on a store came to nothing, in a word each. */
interface Failure {
  readonly why: 'timeout' | 'error'
  readonly word: string
}

export interface BudgetListeners {
  readonly logger: Logger
  readonly clock: Clock
  /** The app's own; what it throws, or rejects with, is logged. */
  readonly onBudget: ((event: BudgetEvent) => unknown) | undefined
}

/** What budgets call: marks are logged and told to the app, refusals and failures are counted. Never throws. */
export function createBudgetListener(
  telemetry: Pick<Telemetry, 'budgetRejected' | 'budgetOvershot' | 'storeFailed'>,
  { logger, clock, onBudget }: BudgetListeners,
) {
  const toldAtMs = new Map<string, number>()
  /** As many keys as budgets, and a few. */
  const isDue = (key: string): boolean => {
    const nowMs = clock.monotonic()
    if (nowMs - (toldAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return false
    toldAtMs.set(key, nowMs)
    return true
  }
  return {
    event(event: BudgetEvent): void {
      logEvent(logger, event)
      new Promise((resolve) => resolve(onBudget?.(event))).catch((thrown: unknown) =>
        logger.error('express-llm: onBudget failed', { ...event, error: wordsOf(thrown) }),
      )
    },
    rejected: (budget: string, isDryRun: boolean): void => telemetry.budgetRejected(budget, isDryRun),
    overshot: (budget: string, nanoUsd: number): void => telemetry.budgetOvershot(budget, toUsd(nanoUsd)),
    unpriced(budget: string): void {
      if (isDue(`unpriced ${budget}`))
        logger.warn(
          `express-llm: the cost of an attempt is not known, though its target has a price; the budget "${budget}" is charged what was expected`,
          { budget },
        )
    },
    storeFailed: ({ why }: Failure): void => telemetry.storeFailed(why),
    storeChanged(isUp: boolean, failure: Failure | undefined): void {
      if (isUp) logger.info('express-llm: the store of the budgets answers again')
      else
        logger.warn(
          `express-llm: the store of the budgets does not answer (${failure?.word}); until it does, calls go by its onStoreError`,
          { ...failure },
        )
    },
    lost: (count: number): void =>
      logger.error(
        `express-llm: ${count} settlements of budgets are lost, because their store has been down for too long`,
        { count },
      ),
    seedFailed(word: string): void {
      if (isDue('seed'))
        logger.warn(
          `express-llm: the ledger does not tell what has been spent of the budgets (${word}); until it does, calls go by onStoreError of the budgets' store`,
        )
    },
  }
}

function logEvent(logger: Logger, event: BudgetEvent): void {
  const { kind, budget, per, value, share, isDryRun } = event
  const whose = per === 'all' ? '' : ` of ${per} ${value === null ? 'none' : JSON.stringify(value)}`
  const percent = Math.floor(share * 100)
  const subject = `express-llm: the budget "${budget}"${whose}`
  const trial = isDryRun ? ' (dryRun: nothing follows)' : ''
  switch (kind) {
    case 'alert':
      logger.warn(`${subject} is ${percent} % used${trial}`, event)
      return
    case 'degraded':
      logger.warn(`${subject} is ${percent} % used: calls go to a cheaper tier now${trial}`, event)
      return
    case 'exceeded':
      logger.warn(`${subject} has no room for more: ${percent} % used, calls are refused${trial}`, event)
      return
    case 'recovered':
      logger.info(`${subject} begins anew${trial}`, event)
  }
}
