import type { Skip, Target } from '../core/target.ts'
import type { Entitlement } from './entitlement.ts'
import { NEEDS } from './needs.ts'
import type { PlanInput } from './plan-input.ts'
import type { Decision } from './resolve.ts'

/** What constraints look at. */
export interface Constrained extends PlanInput {
  readonly entitlement: Entitlement
  readonly decision: Decision
}

/** Why a target is left out; undefined when this constraint lets it pass. */
type Constraint = (target: Target, call: Constrained) => Pick<Skip, 'why' | 'detail'> | undefined

/**
 * How far the estimate of a prompt must exceed a window before a target is left out for it. Bytes / 4 overshoots most
 * for Cyrillic text, by 113 % against o200k_base (measured 2026-11-21); a prompt that is too long all the same comes
 * back as `context-window` and goes to a larger window.
 */
const WINDOW_MARGIN = 2.2

/** In the order in which they are asked: the first that objects gives the reason. */
const CONSTRAINTS: readonly Constraint[] = [
  withinMaxTier,
  capable,
  paramsSupported,
  windowLargeEnough,
  cheapEnough,
  priceKnown,
  fastEnough,
]

/** A target that nothing speaks against but that it is left alone at the moment. */
export interface Waiting {
  readonly target: Target
  readonly availableInMs: number
}

export interface Constraints {
  readonly passed: readonly Target[]
  /** Those that are left alone at the moment among them. */
  readonly skipped: readonly Skip[]
  readonly waiting: readonly Waiting[]
}

/** Sorts targets into those that may be asked and those that may not, each once, in their order. */
export function constrain(targets: readonly Target[], call: Constrained): Constraints {
  const passed: Target[] = []
  const waiting: Waiting[] = []
  const skipped: Skip[] = []
  const seen = new Set<string>()
  for (const target of targets) {
    if (seen.has(target.id)) continue
    seen.add(target.id)
    const objection = objectionTo(target, call)
    const unavailable = objection === undefined ? call.unavailable(target) : undefined
    const { why, detail } = objection ?? unavailable ?? {}
    if (why === undefined || detail === undefined) passed.push(target)
    else skipped.push({ target: target.id, why, detail })
    if (unavailable !== undefined) waiting.push({ target, availableInMs: unavailable.availableInMs })
  }
  return { passed, skipped, waiting }
}

function objectionTo(target: Target, call: Constrained): ReturnType<Constraint> {
  for (const constraint of CONSTRAINTS) {
    const objection = constraint(target, call)
    if (objection !== undefined) return objection
  }
  return undefined
}

function withinMaxTier(target: Target, { decision, entitlement }: Constrained): ReturnType<Constraint> {
  // A tier's targets come with the tier, which has been checked; those of a task's own list have not.
  if (decision.choice.tier !== undefined || entitlement.isWithinMaxTier(target)) return undefined
  return { why: 'not-allowed', detail: "stands only in tiers above the caller's maxTier" }
}

function capable(target: Target, { params }: Constrained): ReturnType<Constraint> {
  if (typeof params !== 'object' || params === null) return undefined
  for (const need of NEEDS) {
    if (target.capabilities[need.capability] !== false) continue
    if (need.isNeeded(params as Readonly<Record<string, unknown>>))
      return { why: 'capability', detail: need.lack }
  }
  return undefined
}

function paramsSupported(target: Target, call: Constrained): ReturnType<Constraint> {
  const detail = call.unsupported(target)
  return detail === undefined ? undefined : { why: 'unsupported-param', detail }
}

function windowLargeEnough(target: Target, { inputTokens }: Constrained): ReturnType<Constraint> {
  const { contextWindowTokens } = target
  if (contextWindowTokens === undefined || inputTokens <= contextWindowTokens * WINDOW_MARGIN)
    return undefined
  const detail = `reads ${contextWindowTokens} tokens, and the prompt has about ${inputTokens}`
  return { why: 'context-window', detail }
}

function cheapEnough(target: Target, call: Constrained): ReturnType<Constraint> {
  if (call.maxCostUsd === undefined) return undefined
  const costUsd = call.expectedCostUsd(target)
  if (costUsd === undefined)
    return { why: 'unpriced', detail: 'its price is not known, and the call sets maxCostUsd' }
  if (costUsd <= call.maxCostUsd) return undefined
  return {
    why: 'max-cost',
    detail: `would cost about $${costUsd.toPrecision(2)}, over maxCostUsd $${call.maxCostUsd}`,
  }
}

function priceKnown(target: Target, { unpricedFor }: Constrained): ReturnType<Constraint> {
  const detail = unpricedFor?.(target)
  return detail === undefined ? undefined : { why: 'unpriced', detail }
}

function fastEnough(target: Target, call: Constrained): ReturnType<Constraint> {
  if (call.maxLatencyMs === undefined) return undefined
  const latencyMs = call.expectedLatencyMs(target)
  if (latencyMs === undefined || latencyMs <= call.maxLatencyMs) return undefined
  const detail = `has lately taken about ${Math.round(latencyMs)} ms, over maxLatencyMs ${call.maxLatencyMs}`
  return { why: 'max-latency', detail }
}
