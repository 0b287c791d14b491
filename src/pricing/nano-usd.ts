import { toNanoUsd } from '../core/money.ts'

/** Rounds once, after all kinds are summed. Undefined for what cannot be an amount: NaN, negative, beyond 2^53. */
export function nanoUsdOf(usd: number): number | undefined {
  const nanoUsd = toNanoUsd(usd)
  return Number.isSafeInteger(nanoUsd) && nanoUsd >= 0 ? nanoUsd : undefined
}
