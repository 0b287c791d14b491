/** What a provider of the story does with a request, from the mode that it is in. Pure; time is a parameter. */
import type { FakeStep } from 'express-llm/testing'
import type { Role } from './cast.ts'
import type { Dice } from '../random.ts'
import type { WindowVerdict } from './fixed-window.ts'

export type ProviderMode =
  | { readonly kind: 'healthy' }
  /** 500 at once. */
  | { readonly kind: 'errors' }
  /** Nobody listens on its port. */
  | { readonly kind: 'refusing' }
  /** Takes every request and says nothing. */
  | { readonly kind: 'silent' }
  /** Healthy and failing by turns, each so long. */
  | { readonly kind: 'flapping'; readonly everyMs: number }
  /** 429 with this Retry-After; `past` is a date of yesterday. */
  | { readonly kind: 'turning-away'; readonly retryAfter: string }
  /** Many times as slow. */
  | { readonly kind: 'slow'; readonly factor: number }
  /** So many times as slow now and then. */
  | { readonly kind: 'tail'; readonly share: number; readonly factor: number }

export interface Moment {
  readonly nowMs: number
  readonly dice: Dice
  /** What its limit says; undefined where it has none. */
  readonly window: WindowVerdict | undefined
  /** What it would answer. */
  readonly text: string
  /** Between two tokens of a stream, ms. */
  readonly tokenDelayMs: number
}

/** Errors come sooner than answers, ms. */
const ERROR_MS = 40

const FAILURE: FakeStep = { status: 500, delayMs: ERROR_MS }

export function stepFor(mode: ProviderMode, role: Role, moment: Moment): FakeStep {
  switch (mode.kind) {
    case 'healthy':
      return limited(role, moment)
    case 'slow':
      return limited({ ...role, latencyMs: role.latencyMs * mode.factor }, moment)
    case 'tail': {
      const factor = moment.dice.chance(mode.share) ? mode.factor : 1
      return limited({ ...role, latencyMs: role.latencyMs * factor }, moment)
    }
    case 'errors':
      return FAILURE
    case 'refusing':
    case 'silent':
      return { fault: 'silence' }
    case 'flapping':
      return Math.floor(moment.nowMs / mode.everyMs) % 2 === 0 ? limited(role, moment) : FAILURE
    case 'turning-away':
      return { status: 429, delayMs: ERROR_MS, retryAfter: retryAfterText(mode.retryAfter, moment.nowMs) }
  }
}

function limited(role: Role, moment: Moment): FakeStep {
  const { window } = moment
  const headers = window === undefined ? {} : limitHeaders(window)
  if (window?.isAllowed === false) {
    return { status: 429, delayMs: ERROR_MS, retryAfter: Math.ceil(window.resetMs / 1000), headers }
  }
  return { ...answer(role, moment), headers }
}

/** Answers take from 0.7 to 1.3 times the usual. Half of it is over when a stream begins. */
function answer({ latencyMs }: Role, { dice, text, tokenDelayMs }: Moment): FakeStep & { answer: string } {
  const delayMs = latencyMs * (0.7 + 0.6 * dice.next())
  return { answer: text, delayMs, firstTokenDelayMs: 0, tokenDelayMs }
}

/** As OpenAI has them: https://platform.openai.com/docs/guides/rate-limits (2026-11). */
function limitHeaders({ remaining, resetMs }: WindowVerdict): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-remaining-requests': `${remaining}`,
    'x-ratelimit-reset-requests': `${(resetMs / 1000).toFixed(3)}s`,
  }
}

const DAY_MS = 86_400_000

function retryAfterText(value: string, nowMs: number): string {
  return value === 'past' ? new Date(nowMs - DAY_MS).toUTCString() : value
}
