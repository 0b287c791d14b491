/**
 * Amounts for people. Small ones keep their first digits, because `$0.0000092` is not `$0.00`; what is not known is told so,
 * and never 0.
 */
import type { CostStatus } from '../../../src/core/money.ts'

/** Digits that matter of an amount below a cent. */
const SMALL_DIGITS = 3
const CENTS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `$1,234`, `$12.40`, `$0.124`, `$0.0000092`, `−$3.10`; `unknown` where there is none. */
export function formatUsd(usd: number | undefined): string {
  if (usd === undefined) return 'unknown'
  return `${usd < 0 ? '−' : ''}$${digitsOf(Math.abs(usd))}`
}

/** With a sign for what is not exact: `~` estimated in part, `≥` where parts have no known price. */
export function formatCost(usd: number | undefined, status: CostStatus): string {
  if (usd === undefined || status === 'unpriced') return 'unknown'
  const sign = status === 'estimated' ? '~' : status === 'partial' ? '≥' : ''
  return `${sign}${formatUsd(usd)}`
}

/** What the signs mean, for titles and screen readers; undefined where an amount is simply true. */
export function costNote(status: CostStatus): string | undefined {
  switch (status) {
    case 'estimated':
      return 'Estimated in part: some answers did not tell their tokens.'
    case 'partial':
      return 'At least: the price of some attempts is not known.'
    case 'unpriced':
      return 'The price of this model is not known.'
    case 'exact':
    case 'free':
      return undefined
  }
}

/** Ticks of one axis: as many decimals as its steps need, the same on all. */
export function formatUsdTicks(splits: readonly number[]): readonly string[] {
  const [first = 0, second = first] = splits
  const decimals = decimalsFor(Math.abs(second - first))
  const format = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  return splits.map((each) => (each === 0 ? '$0' : `$${format.format(each)}`))
}

const TICK_DECIMALS_MAX = 12

/** So many that no multiple of the step is rounded. */
function decimalsFor(step: number): number {
  const enough = Array.from({ length: TICK_DECIMALS_MAX }, (_, decimals) => decimals).find((decimals) => {
    const scaled = step * 10 ** decimals
    return Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled
  })
  return step > 0 ? (enough ?? TICK_DECIMALS_MAX) : 0
}

function digitsOf(usd: number): string {
  if (usd === 0) return '0'
  if (usd >= 1_000) return WHOLE.format(usd)
  if (usd >= 0.995) return CENTS.format(usd)
  return Number(usd.toPrecision(SMALL_DIGITS)).toFixed(decimalsOf(usd))
}

/** So many that the first digits are there, without zeros at the end; cents at least. */
function decimalsOf(usd: number): number {
  const shown = usd.toPrecision(SMALL_DIGITS)
  const [digits = '', exponent = '0'] = Number(shown).toExponential().split('e')
  const significant = digits.replace('.', '').length
  return Math.min(20, Math.max(2, significant - 1 - Number(exponent)))
}
