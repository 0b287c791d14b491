import type { LedgerRow } from '../core/ledger-row.ts'
import type { Usage } from '../core/usage.ts'
import type { PricedModel } from '../pricing/price-book.ts'
import { reprice } from '../pricing/reprice.ts'

/** A model that answers are priced at beside their own, to tell what has been saved. */
export interface Baseline {
  /** `instance/model` */
  readonly name: string
  readonly model: PricedModel
}

/** What this usage would have cost there at that time, whole nano-USD; undefined where the price is not known. */
export function baselineNanoUsd({ model }: Baseline, usage: Usage, atMs: number): number | undefined {
  return reprice(model, usage, atMs)
}

/**
 * What the answer of a row would have cost at another model, whole nano-USD.
 *
 * @returns undefined for a row that answered nobody, is no chat, has no known cost or tokens, or where the price is not known
 */
export function repriceRow(row: LedgerRow, model: PricedModel): number | undefined {
  const usage = usageOf(row)
  if (row.purpose !== 'answer' || row.operation !== 'chat' || row.costNanoUsd === undefined) return undefined
  return usage === undefined ? undefined : reprice(model, usage, row.atMs)
}

function usageOf(row: LedgerRow): Usage | undefined {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = row
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  return {
    inputTokens,
    outputTokens,
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  }
}
