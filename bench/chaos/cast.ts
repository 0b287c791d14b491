/** Who is in the story: the providers, what they charge and allow, and the tiers that the apps make of them. */
import type { RouterOptions } from 'express-llm'

export interface Role {
  readonly model: string
  /** The median of its answers, ms. */
  readonly latencyMs: number
  readonly inputUsdPerMTok: number
  readonly outputUsdPerMTok: number
  /** What it answers in a minute of its own, from full minute to full minute; undefined: as much as comes. */
  readonly requestsPerMinute?: number
}

export const ROLES = {
  /** Cheap, and the first choice. */
  alpha: {
    model: 'small',
    latencyMs: 400,
    inputUsdPerMTok: 0.1,
    outputUsdPerMTok: 0.4,
    requestsPerMinute: 900,
  },
  /** Nearly as cheap. */
  beta: { model: 'small', latencyMs: 500, inputUsdPerMTok: 0.15, outputUsdPerMTok: 0.6 },
  /** Expensive: what pays for a mistake. */
  gamma: { model: 'large', latencyMs: 700, inputUsdPerMTok: 5, outputUsdPerMTok: 15 },
  /** For what has time. */
  delta: {
    model: 'batch',
    latencyMs: 300,
    inputUsdPerMTok: 0.05,
    outputUsdPerMTok: 0.2,
    requestsPerMinute: 600,
  },
  /** Says odd things about when to come back. */
  epsilon: { model: 'small', latencyMs: 400, inputUsdPerMTok: 0.1, outputUsdPerMTok: 0.4 },
  /** Slow, so that calls pile up. */
  zeta: { model: 'slow', latencyMs: 4_000, inputUsdPerMTok: 0.05, outputUsdPerMTok: 0.2 },
} as const satisfies Readonly<Record<string, Role>>

export type ProviderName = keyof typeof ROLES
export const PROVIDERS = Object.keys(ROLES) as readonly ProviderName[]

export function roleOf(name: ProviderName): Role {
  return ROLES[name]
}

export function targetOf(name: ProviderName): string {
  return `${name}/${ROLES[name].model}`
}

export function providerOf(target: string): string {
  return target.slice(0, target.indexOf('/'))
}

/** In the order in which they are tried. */
const ORDER = {
  premium: ['gamma'],
  cheap: ['alpha', 'beta', 'gamma'],
  bulk: ['delta', 'gamma'],
  odd: ['epsilon', 'beta'],
  slow: ['zeta'],
  /** Hedged. */
  chat: ['alpha', 'beta'],
} as const satisfies Readonly<Record<string, readonly ProviderName[]>>

export type TierName = keyof typeof ORDER

export function firstChoiceOf(tier: TierName): ProviderName {
  return ORDER[tier][0]
}

export const TIERS: RouterOptions['tiers'] = Object.fromEntries(
  Object.entries(ORDER).map(([tier, names]) => [tier, names.map(targetOf)]),
)

/** App processes at a time. */
export const PROCESSES = 3

/** Calls that one process has under way at the most; those of low priority stop at four fifths of it. */
export const IN_FLIGHT_MAX = 450
export const LOW_PRIORITY_SHARE = 0.8

/** Calls that may be hedged: the one in 20 that is always later than the p95, and as many that really are late. */
export const HEDGE_SHARE_MAX = 0.1

/** The longest that an attempt may take, ms: ten times what is usual. */
export const ATTEMPT_MAX_MS = 5_000
/** The longest that a call waits for room at its first choice where somebody waits for the answer, ms. */
export const PATIENCE_MS = 2_000
/** How long a target is left alone before it is probed, ms: the default. */
export const OPEN_MS = 5_000
/** How long an app has to end its calls when it is told to end, ms. */
export const DRAIN_MS = 20_000
