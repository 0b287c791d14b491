import type { ProviderRate, ProviderRates } from '../core/provider-rates.ts'
import type { HeaderReader } from './retry-after.ts'

/** Where the services put it: the name of what is left, and of when there is more. The first that is there counts. */
const REQUESTS = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'], // OpenAI, Azure, Groq, xAI, Together
  ['anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-requests-reset'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'], // OpenRouter
  ['ratelimit-remaining', 'ratelimit-reset'], // draft-ietf-httpapi-ratelimit-headers-07
] as const

const TOKENS = [
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ['x-ratelimit-remaining-tokens-minute', 'x-ratelimit-reset-tokens-minute'], // Cerebras
  ['anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-reset'],
] as const

/**
 * What an answer's headers say of the provider's limits. Resets come as durations (`6m0s`, `12ms`), seconds, dates, or
 * seconds or milliseconds since the epoch; one that has passed is 0.
 *
 * @param nowMs wall clock, ms since the epoch
 * @returns undefined when nothing is said, or nothing that makes sense
 */
export function readProviderRates(headers: HeaderReader, nowMs: number): ProviderRates | undefined {
  const requests = rateOf(headers, REQUESTS, nowMs)
  const tokens = rateOf(headers, TOKENS, nowMs)
  if (requests === undefined && tokens === undefined) return undefined
  return { ...(requests && { requests }), ...(tokens && { tokens }) }
}

function rateOf(
  headers: HeaderReader,
  names: readonly (readonly [string, string])[],
  nowMs: number,
): ProviderRate | undefined {
  for (const [remainingName, resetName] of names) {
    const remaining = numberOf(headers.get(remainingName))
    if (remaining === undefined) continue
    return { remaining: Math.max(0, remaining), resetMs: resetOf(headers.get(resetName), nowMs) }
  }
  return undefined
}

function numberOf(value: string | null): number | undefined {
  return value !== null && NUMBER.test(value) ? Number(value) : undefined
}

const NUMBER = /^\s*-?\d{1,15}(?:\.\d{1,9})?\s*$/
const DURATION =
  /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,12}(?:\.\d{1,9})?)ms)?$/

/** Numbers above these are no durations: some day of 2001, in seconds and in milliseconds since the epoch. */
const EPOCH_S = 1e9
const EPOCH_MS = 1e12

function resetOf(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim() ?? ''
  if (text === '') return undefined
  const number = numberOf(text)
  if (number !== undefined) {
    if (number > EPOCH_MS) return Math.max(0, number - nowMs)
    return Math.max(0, number > EPOCH_S ? number * 1000 - nowMs : number * 1000)
  }
  const parts = DURATION.exec(text)
  if (parts !== null) {
    const [days, hours, minutes, seconds, ms] = parts.slice(1).map((part) => Number(part ?? 0))
    return (
      ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000 + (ms ?? 0)
    )
  }
  const dateMs = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
