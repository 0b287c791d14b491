import type { Random } from '../core/clock.ts'
import type { Target } from '../core/target.ts'
import type { TargetLoad } from '../core/target-load.ts'
import type { Ordered } from './ordered.ts'
import type { PlanInput } from './plan-input.ts'

interface Candidate extends TargetLoad {
  readonly target: Target
}

/** Whose load is more than so many times the least is not drawn: of three targets, the two slower ones are a pair too. */
const NEAR = 2

/**
 * The less loaded of two targets that are drawn by lot goes first (power of two choices), so that many processes that see
 * the same do not all run to the same target. The others follow by their load. Where a target's speed is not known, one
 * call at a time finds it out; and a small share of the calls goes to who was asked longest ago, because who was slow once
 * may have become fast.
 */
export function fastestFirst(
  targets: readonly Target[],
  { config, load, random }: Pick<PlanInput, 'config' | 'load' | 'random'>,
): Ordered {
  if (targets.length < 2) return { steps: targets, why: undefined }
  const candidates = targets.map((target) => ({ target, ...load(target) }))
  const { first, why } = choose(candidates, config.fastest.exploreShare, random)
  const byTurn = (one: Candidate, other: Candidate): number =>
    Number(other === first) - Number(one === first) || byLoad(one, other)
  return { steps: candidates.toSorted(byTurn).map(({ target }) => target), why }
}

function choose(
  candidates: readonly Candidate[],
  exploreShare: number,
  random: Random,
): { readonly first: Candidate | undefined; readonly why: string } {
  const unknown = candidates.find(({ loadMs, isBeingTried }) => loadMs === undefined && !isBeingTried)
  if (unknown !== undefined) return { first: unknown, why: 'a target of unknown speed goes first' }
  const idle = random() >= 1 - exploreShare ? longestIdle(candidates) : undefined
  if (idle !== undefined)
    return { first: idle, why: 'the target asked longest ago goes first, to see how fast it is' }
  const near = nearest(candidates)
  const [first] = (near.length > 2 ? drawTwo(near, random) : near).toSorted(byLoad)
  const why = near.length > 2 ? 'the faster of two drawn by lot goes first' : 'the fastest target goes first'
  return { first, why }
}

function longestIdle(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates
    .filter(({ isBeingTried }) => !isBeingTried)
    .toSorted((one, other) => (other.idleMs ?? 0) - (one.idleMs ?? 0))[0]
}

/** In the order of the config, so that of two that are alike the one listed first goes first. */
function drawTwo(candidates: readonly Candidate[], random: Random): readonly Candidate[] {
  const { length } = candidates
  const one = Math.floor(random() * length)
  const other = (one + 1 + Math.floor(random() * (length - 1))) % length
  return candidates.filter((_, index) => index === one || index === other)
}

/** Those that are worth a draw: all, where nothing is known of any. */
function nearest(candidates: readonly Candidate[]): readonly Candidate[] {
  const leastMs = Math.min(...candidates.map(({ loadMs }) => loadMs ?? Number.POSITIVE_INFINITY))
  if (leastMs === Number.POSITIVE_INFINITY) return candidates
  return candidates.filter(({ loadMs }) => loadMs !== undefined && loadMs <= leastMs * NEAR)
}

/** Those of unknown speed come last, the least waited for first among them. */
function byLoad(one: Candidate, other: Candidate): number {
  if (one.loadMs !== undefined && other.loadMs !== undefined) return one.loadMs - other.loadMs
  if (one.loadMs === undefined && other.loadMs === undefined) return one.waitingCount - other.waitingCount
  return one.loadMs === undefined ? 1 : -1
}
