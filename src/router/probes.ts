/** Active probes: a target that nobody has asked for a while is asked for one token, to see how fast it is. */
import type { Target } from '../core/target.ts'
import { strategyFor } from '../plan/strategies.ts'
import type { CallBinding } from './open-call.ts'
import { outsideRequests } from './outside-requests.ts'
import type { RouterState } from './router-state.ts'
import { runStream } from './run-stream.ts'

/**
 * Probes the targets of `fastest` choices, as often as the config says, or not at all. A probe is a call like others, with a
 * span, a cost and a part in the target's health, but for itself: it counts as overhead.
 *
 * @returns how to stop it
 */
export function startProbes(state: RouterState): () => void {
  const { probes } = state.config
  if (probes === undefined) return () => undefined
  const { intervalMs } = probes
  const targets = comparedTargets(state)
  const underWay = new Set<Target>()

  async function probe(target: Target): Promise<void> {
    underWay.add(target)
    await ask(state, target, intervalMs)
    underWay.delete(target)
  }

  // Twice as often, so that none is idle for much longer than that.
  const timer = setInterval(() => {
    if (state.isClosed) return
    for (const target of targets) {
      if (!underWay.has(target) && isIdle(state, target, intervalMs)) void probe(target)
    }
  }, intervalMs / 2)
  return () => clearInterval(timer.unref())
}

/** Those that `fastest` chooses among, each once. */
function comparedTargets({ config, adapters }: RouterState): ReadonlySet<Target> {
  const tiers = [...config.tiers].map(([tier, targets]) => ({ name: tier, tier, targets }))
  const tasks = [...config.tasks].map(([name, { tier, targets }]) => ({ name, tier, targets }))
  const compared = [...tiers, ...tasks].filter(
    (choice) => choice.targets.length > 1 && strategyFor({ config }, choice) === 'fastest',
  )
  const canStream = ({ instance }: Target): boolean =>
    adapters.get(instance)?.streamingUnsupported === undefined
  return new Set(compared.flatMap(({ targets }) => targets).filter(canStream))
}

/** Only who has been asked for chat before: a model for embeddings would refuse, and be left alone for it. */
function isIdle({ loads, health }: RouterState, target: Target, intervalMs: number): boolean {
  const loadsOf = (['begin', 'whole'] as const).map((work) => loads.loadOf(target, work))
  if (loadsOf.every(({ idleMs }) => idleMs === undefined)) return false
  if (loadsOf.some(({ isBeingTried, idleMs = intervalMs }) => isBeingTried || idleMs < intervalMs))
    return false
  return health.unavailable(target) === undefined
}

/** Streamed, because the begin of an answer can be compared, however short it is. */
async function ask(state: RouterState, { id }: Target, timeout: number): Promise<void> {
  try {
    const stream = await runStream(state, {
      operation: 'chat',
      params: { model: id, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 },
      options: { maxAttempts: 1, priority: -1, timeout, afterCut: 'error' },
      binding: OVERHEAD,
    })
    while ((await stream.read()) !== undefined) continue
  } catch {
    // It has settled: log, metrics and the target's health have been told.
  }
}

const OVERHEAD: CallBinding = { ...outsideRequests, isOverhead: true }
