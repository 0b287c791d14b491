/** Numbers as people read them. */
import type { AttemptReport } from 'express-llm'

const DECIMALS = 9

/** Dollars to the nano-dollar, points under points: zeros at the end are left blank. */
export function dollars(nanoUsd: number, mark = ''): string {
  const text = dollarsInline(nanoUsd)
  const decimals = text.length - text.indexOf('.') - 1
  return mark + text + ' '.repeat(DECIMALS - decimals)
}

/** Dollars within a sentence: at least cents. */
export function dollarsInline(nanoUsd: number): string {
  return `$${(nanoUsd / 1e9).toFixed(DECIMALS).replace(/0{1,7}$/, '')}`
}

/** Reports speak of dollars; sums are made of whole nano-dollars. */
export function nanoUsdOf(usd: number): number {
  return Math.round(usd * 1e9)
}

export function milliseconds(ms: number): string {
  return String(Math.round(ms))
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** What came of an attempt, in a word. */
export function attemptWord({ outcome, status, kind, usage }: AttemptReport): string {
  if (outcome === 'success') return 'ok'
  // What was sent may have been billed, so it has an estimated usage.
  if (kind === 'connection') return usage === undefined ? 'no connection' : 'cut off'
  return status === undefined || status < 400 ? (kind ?? outcome) : String(status)
}
