/** What is left of a budget over its window, and where that leads. Pure: the moment is a parameter. */
import type { BudgetReport, CostsReport } from '../../../src/core/costs.ts'

export interface BurnPoint {
  readonly atMs: number
  readonly leftUsd: number
}

export interface Projection {
  /** What it comes to by the window's end, at the pace so far. */
  readonly usd: number
  /** When nothing is left, if that is before the end. */
  readonly emptyAtMs?: number
}

/** Part of the window that has to be over before its pace says something. */
const PACE_MIN_SHARE = 0.02

/** Undefined while too little of the window is over to say. */
export function projectionOf(budget: BudgetReport, nowMs: number): Projection | undefined {
  const startMs = Date.parse(budget.startsAt)
  const endMs = Date.parse(budget.endsAt)
  const passedMs = Math.min(nowMs, endMs) - startMs
  if (passedMs < (endMs - startMs) * PACE_MIN_SHARE) return undefined
  const usd = (budget.spentUsd / passedMs) * (endMs - startMs)
  if (usd <= budget.limitUsd || budget.spentUsd >= budget.limitUsd) return { usd }
  return { usd, emptyAtMs: startMs + (budget.limitUsd / budget.spentUsd) * passedMs }
}

/**
 * What was left at the end of each hour or day, from the window's begin to now. It ends at what the budget itself says was
 * spent: the ledger is a few moments behind, and knows nothing of calls under way.
 */
export function burnDown(
  budget: BudgetReport,
  costs: CostsReport | undefined,
  nowMs: number,
): readonly BurnPoint[] {
  const startMs = Date.parse(budget.startsAt)
  const endMs = Math.min(nowMs, Date.parse(budget.endsAt))
  const points: BurnPoint[] = [{ atMs: startMs, leftUsd: budget.limitUsd }]
  let spentUsd = 0
  for (const { start, end, groups, total } of costs?.series ?? []) {
    if (Date.parse(start) < startMs) continue
    const figures = budget.per === 'all' ? total : groups?.find(({ key }) => key === budget.value)
    spentUsd += figures?.costUsd ?? 0
    if (Date.parse(end) < endMs) points.push({ atMs: Date.parse(end), leftUsd: budget.limitUsd - spentUsd })
  }
  return [...points, { atMs: endMs, leftUsd: budget.limitUsd - budget.spentUsd }]
}

/** Which costs tell how a budget was spent; undefined where the ledger does not group by that. */
export function burnQuery(budget: BudgetReport, nowMs: number): Readonly<Record<string, string>> | undefined {
  const known: readonly string[] = ['model', 'provider', 'tier', 'task', 'user', 'tenant', 'route', 'feature']
  if (budget.per !== 'all' && !known.includes(budget.per)) return undefined
  return {
    from: budget.startsAt,
    to: new Date(nowMs).toISOString(),
    interval: budget.window === 'month' ? 'day' : 'hour',
    ...(budget.per === 'all' ? {} : { by: budget.per }),
  }
}
