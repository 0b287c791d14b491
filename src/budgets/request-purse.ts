/** What all calls of one HTTP request may cost together. It lives as long as its request, in this process. */
export interface RequestPurse {
  readonly limitNanoUsd: number
  spentNanoUsd: number
  /** Reserved by attempts under way. */
  heldNanoUsd: number
}

/** @returns undefined where there is no ceiling */
export function createPurse(limitNanoUsd: number | undefined): RequestPurse | undefined {
  return limitNanoUsd === undefined ? undefined : { limitNanoUsd, spentNanoUsd: 0, heldNanoUsd: 0 }
}

/** By the same rule as all budgets: what is expected to cost nothing always fits. */
export function fits(
  { limitNanoUsd, spentNanoUsd, heldNanoUsd }: RequestPurse,
  amountNanoUsd: number,
): 'now' | 'later' | 'never' {
  if (amountNanoUsd === 0 || spentNanoUsd + heldNanoUsd + amountNanoUsd <= limitNanoUsd) return 'now'
  return spentNanoUsd + amountNanoUsd <= limitNanoUsd ? 'later' : 'never'
}
