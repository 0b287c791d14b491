import type { BudgetRefusal, RefusalCause } from '../budgets/attempt-money.ts'
import { dollars, isTooDear } from '../budgets/refusal.ts'
import type { BudgetPolicy } from '../core/budget.ts'
import { LlmError } from '../core/llm-error.ts'

/** No target is cheap enough for what is left: which budget, how much of it, and until when. */
export function budgetExceeded({ cause, availableInMs }: BudgetRefusal): LlmError {
  if (cause.by === 'store') return budgetsUnknown(cause.store, availableInMs)
  return new LlmError({
    code: 'budget_exceeded',
    status: cause.by === 'budget' ? cause.budget.policy.status : 402,
    message: `${whatIsUsedUp(cause)} ${wayOut(cause)}`,
    ...(availableInMs === undefined ? {} : { retryAfterMs: availableInMs }),
    ...(cause.by === 'budget' && !cause.isHeld && !isTooDear(cause) ? { resetsAt: resetOf(cause) } : {}),
  })
}

/** Nobody can tell what may be spent, and the store's policy is to allow nothing then. */
function budgetsUnknown(store: string, retryAfterMs = 0): LlmError {
  return new LlmError({
    code: 'no_candidate',
    status: 503,
    message: `What may be spent is not known: the store of the budgets (${store}) does not answer, and its onStoreError is "deny". Ask again later, or use "allow".`,
    retryAfterMs,
  })
}

type MoneyCause = Exclude<RefusalCause, { readonly by: 'store' }>

function whatIsUsedUp(cause: MoneyCause): string {
  const { spentNanoUsd, heldNanoUsd, amountNanoUsd, isHeld } = cause
  const limitNanoUsd = cause.by === 'budget' ? cause.budget.limitNanoUsd : cause.limitNanoUsd
  const held = heldNanoUsd > 0 ? `, ${dollars(heldNanoUsd)} is reserved by calls under way` : ''
  const figures = `${dollars(spentNanoUsd)} of ${dollars(limitNanoUsd)} is spent${held}`
  const needs = `the cheapest attempt that was tried for would cost about ${dollars(amountNanoUsd)}`
  const used = amountNanoUsd > limitNanoUsd ? 'is too little for this call' : 'is used up'
  return `${subjectOf(cause)} ${isHeld ? 'is reserved for the moment' : used}: ${figures}, and ${needs}.`
}

function subjectOf(cause: MoneyCause): string {
  if (cause.by === 'request') return 'What the calls of one HTTP request may cost'
  const { policy, value } = cause.budget
  return `The budget "${policy.name}" (${whoseOf(policy, value)})`
}

function whoseOf({ per, window }: BudgetPolicy, value: string | undefined): string {
  if (per === 'all') return `everything, per ${window}`
  return `${per} ${value === undefined ? 'none' : shown(value)}, per ${window}`
}

/** Somebody outside may have written it. */
const VALUE_SHOWN_MAX = 100

function shown(value: string): string {
  const text = value.length > VALUE_SHOWN_MAX ? `${value.slice(0, VALUE_SHOWN_MAX)}…` : value
  return JSON.stringify(text)
}

function resetOf({ budget }: Extract<MoneyCause, { by: 'budget' }>): string {
  return new Date(budget.endsAtMs).toISOString()
}

function wayOut(cause: MoneyCause): string {
  if (cause.by === 'request') return 'Make fewer or cheaper calls in it, or raise maxRequestCostUsd.'
  const { policy } = cause.budget
  if (isTooDear(cause)) return `Ask a cheaper model or for less, or raise budgets.${policy.name}.limitUsd.`
  if (cause.isHeld) return `Try again in a moment, ask for less, or raise budgets.${policy.name}.limitUsd.`
  const reset = `It begins anew at ${resetOf(cause)} (${policy.timeZone}).`
  return `${reset} Wait until then, ask a cheaper model or for less, or raise budgets.${policy.name}.limitUsd.`
}
