import type { AppliedBudget } from '../core/budget.ts'
import type { BudgetStanding } from '../core/budget-store.ts'
import { toUsd } from '../core/money.ts'
import type { BudgetRefusal } from './attempt-money.ts'
import type { RequestPurse } from './request-purse.ts'

/** Long enough for a call under way to settle, and for a store to come back, ms. */
const SOON_MS = 1_000

export interface Claimed {
  readonly budget: AppliedBudget
  readonly amountNanoUsd: number
}

/**
 * Which of the claims stand in the way, and until when; by what each counter stood at when all of them were refused. Where
 * nothing is missing any more, what stood in the way has just been given back.
 */
export function refusalOf(
  claimed: readonly Claimed[],
  standings: readonly BudgetStanding[],
  nowMs: number,
): { readonly refusal: BudgetRefusal; readonly heldAt: string | undefined } {
  const stopping = claimed.flatMap(({ budget, amountNanoUsd }, index) => {
    const { spentNanoUsd = 0, heldNanoUsd = 0 } = standings[index] ?? {}
    const isHeld = spentNanoUsd + amountNanoUsd <= budget.limitNanoUsd
    if (budget.policy.isDryRun || amountNanoUsd === 0) return []
    if (isHeld && spentNanoUsd + heldNanoUsd + amountNanoUsd <= budget.limitNanoUsd) return []
    return [{ by: 'budget', budget, spentNanoUsd, heldNanoUsd, amountNanoUsd, isHeld } as const]
  })
  const spent = stopping.filter(({ isHeld }) => !isHeld)
  // Until the last of those that are used up begins anew, nothing fits.
  const [cause] = spent.toSorted((one, other) => fitsFromMs(other) - fitsFromMs(one))
  const held = stopping[0]
  if (cause !== undefined) {
    const availableInMs = isTooDear(cause) ? undefined : Math.max(0, cause.budget.endsAtMs - nowMs)
    return { refusal: { why: 'budget', detail: detailOf(cause), availableInMs, cause }, heldAt: undefined }
  }
  const first = held ?? nothingInTheWay(claimed)
  const refusal = { why: 'budget', detail: detailOf(first), availableInMs: SOON_MS, cause: first } as const
  return { refusal, heldAt: first.budget.key }
}

/** Is too little left of it, whatever others hold? */
export function isUsedUp({ budget, amountNanoUsd }: Claimed, spentNanoUsd: number): boolean {
  return amountNanoUsd > 0 && spentNanoUsd + amountNanoUsd > budget.limitNanoUsd
}

/** More than the whole limit: it fits into no window, however new. */
export function isTooDear({ budget, amountNanoUsd }: Claimed): boolean {
  return amountNanoUsd > budget.limitNanoUsd
}

function fitsFromMs(claim: Claimed): number {
  return isTooDear(claim) ? Number.MAX_VALUE : claim.budget.endsAtMs
}

/** The first that could have. */
function nothingInTheWay(claimed: readonly Claimed[]): BudgetCause {
  const stopping = claimed.find(
    ({ budget: { policy }, amountNanoUsd }) => !policy.isDryRun && amountNanoUsd > 0,
  )
  if (stopping === undefined) throw new TypeError('a reservation without claims cannot be refused')
  return { by: 'budget', ...stopping, spentNanoUsd: 0, heldNanoUsd: 0, isHeld: true }
}

type BudgetCause = Extract<BudgetRefusal['cause'], { by: 'budget' }>

export function purseRefusal(
  { limitNanoUsd, spentNanoUsd, heldNanoUsd }: RequestPurse,
  amountNanoUsd: number,
  isHeld: boolean,
): BudgetRefusal {
  const detail = `would cost about ${dollars(amountNanoUsd)}, and ${dollars(spentNanoUsd)} of the ${dollars(limitNanoUsd)} that this request may cost is spent`
  const cause = { by: 'request', limitNanoUsd, spentNanoUsd, heldNanoUsd, amountNanoUsd, isHeld } as const
  return { why: 'budget', detail, availableInMs: undefined, cause }
}

export function storeRefusal(store: string): BudgetRefusal {
  const detail = 'its budgets cannot be asked, and nothing is allowed without them'
  return { why: 'budget', detail, availableInMs: SOON_MS, cause: { by: 'store', store } }
}

/** `$0.0125`: as many digits as matter. */
export function dollars(nanoUsd: number): string {
  return `$${Number(toUsd(nanoUsd).toPrecision(4))}`
}

function detailOf({ budget, spentNanoUsd, amountNanoUsd, isHeld }: BudgetCause): string {
  const { policy, limitNanoUsd } = budget
  const used = isHeld
    ? 'what is left is reserved by calls under way'
    : `${dollars(spentNanoUsd)} of ${dollars(limitNanoUsd)} is spent`
  return `would cost about ${dollars(amountNanoUsd)}, and of the budget "${policy.name}" ${used}`
}
