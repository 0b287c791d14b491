/** Names come from the config, but a header value must never break out of its line or its quotes. */
export function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
}

/** Never in exponent form: 9 decimals are a nano-dollar. */
export function usdText(usd: number): string {
  return usd.toFixed(9).replace(/\.?0+$/, '')
}
