const COUNT = new Intl.NumberFormat('en-US')
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

/** `12,345`, and `1.2M` from a million on. */
export function formatCount(count: number): string {
  return count >= 1_000_000 ? SHORT.format(count) : COUNT.format(count)
}

/** `1.2K`: for axes and narrow columns. */
export function formatShort(count: number): string {
  return SHORT.format(count)
}

/** A part of a whole: `4.2 %`, `<0.1 %`; `–` of nothing. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '–'
  return formatPercent(part / whole)
}

export function formatPercent(share: number): string {
  const percent = share * 100
  if (percent === 0) return '0 %'
  if (Math.abs(percent) < 0.1) return '<0.1 %'
  const isWhole = Math.abs(percent) >= 99.95 || Number.isInteger(percent)
  return `${percent.toFixed(isWhole ? 0 : 1)} %`
}

/** `3 calls`, `1 call`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
