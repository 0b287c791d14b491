import type { BudgetPolicy } from '../core/budget.ts'
import type { BudgetReport } from '../core/costs.ts'

/** How much of it is used; all of it, where there is nothing to use. */
export function shareOf(spentNanoUsd: number, limitNanoUsd: number): number {
  return limitNanoUsd > 0 ? spentNanoUsd / limitNanoUsd : 1
}

export function stateAt({ alertAt, degrade }: BudgetPolicy, share: number): BudgetReport['state'] {
  if (share >= 1) return 'exceeded'
  if (degrade !== undefined && share >= degrade.at) return 'degraded'
  return alertAt.some((threshold) => share >= threshold) ? 'alert' : 'ok'
}

/** A mark that a budget has reached. */
export type Crossing =
  | { readonly kind: 'alert' | 'degraded'; readonly threshold: number }
  | { readonly kind: 'exceeded'; readonly threshold: 1 }

/** What lies between two shares, the smallest first: above `before`, and not above `now`. */
export function crossings(policy: BudgetPolicy, before: number, now: number): readonly Crossing[] {
  return marksOf(policy)
    .filter(({ threshold }) => before < threshold && threshold <= now)
    .toSorted((one, other) => one.threshold - other.threshold)
}

/** Infinite where none is left. */
export function nextMarkAfter(policy: BudgetPolicy, share: number): number {
  const left = marksOf(policy).filter(({ threshold }) => threshold > share)
  return Math.min(...left.map(({ threshold }) => threshold))
}

function marksOf({ alertAt, degrade }: BudgetPolicy): readonly Crossing[] {
  return [
    ...alertAt.map((threshold) => ({ kind: 'alert', threshold }) as const),
    ...(degrade === undefined ? [] : [{ kind: 'degraded', threshold: degrade.at } as const]),
    { kind: 'exceeded', threshold: 1 },
  ]
}
