import type { AttemptReason } from '../core/attempt-record.ts'
import type { AttemptMoney } from '../budgets/attempt-money.ts'
import type { Target } from '../core/target.ts'
import type { Permit } from '../core/target-health.ts'
import type { LimitPermit } from '../resilience/limits.ts'
import type { Contender } from './contender.ts'

/** What the chain decided about the next attempt. */
export interface AttemptStep {
  readonly target: Target
  readonly reason: AttemptReason
  readonly retryDelayMs: number
  /** Could another target still be asked after this one? */
  readonly hasAlternative: boolean
}

/** Leave to send one attempt. */
export interface Leave {
  /** Of the target's health. */
  readonly permit: Permit
  /** Of its limits. */
  readonly place: LimitPermit
  /** Of the budgets that apply. */
  readonly money: AttemptMoney
  /** How long there was no room, ms. */
  readonly queuedMs: number
}

/** An attempt that may be sent. */
export interface AdmittedStep extends AttemptStep, Leave {
  /** Ends the attempt: with its call, or alone where another one runs beside it. */
  readonly signal: AbortSignal
  /** Set where another attempt may run beside it. */
  readonly contender?: Contender
}
