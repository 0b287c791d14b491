import type { AttemptRecord } from './attempt-record.ts'
import type { Settlement } from './settlement.ts'

/** What an attempt was good for: a label of `express_llm.cost.spent`, and a column of the ledger. */
export type Purpose = 'answer' | 'wasted' | 'hedge' | 'shadow' | 'overhead'

/**
 * One rule for metric and ledger: `hedge` is what would not have been spent without one; `wasted` is what failures have cost.
 *
 * @param record undefined for a call that made no attempt
 */
export function purposeOf(
  record: AttemptRecord | undefined,
  { final, isOverhead }: Pick<Settlement, 'final' | 'isOverhead'>,
): Purpose {
  if (isOverhead) return 'overhead'
  if (record === undefined) return 'wasted'
  if (record === final) return 'answer'
  return record.reason === 'hedge' || record.outcome === 'hedge_lost' ? 'hedge' : 'wasted'
}
