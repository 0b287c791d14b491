/** What breaker, limits, quota and shedding cost each call in memory, and what they remember of targets. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parseOptions } from '../src/config/parse.ts'
import type { Clock } from '../src/core/clock.ts'
import { createHealth } from '../src/resilience/health.ts'
import { createLimits } from '../src/resilience/limits.ts'
import { createLatencyBook } from '../src/resilience/latency.ts'
import { createLoopLag } from '../src/resilience/loop-lag.ts'
import { createRetryQuota } from '../src/resilience/retry-quota.ts'
import { overload } from '../src/resilience/shedding.ts'
import type { GuardsResult } from './measurement.ts'
import { microseconds } from './microseconds.ts'

const TARGETS = 10_000

/** A round a second: after the first minute every window is as full as it gets, and the second must not add to it. */
const ROUNDS = 60

/** Never used up, so that no call waits. */
const LIMITS = { concurrency: 1_000_000, requestsPerMinute: 100_000_000, tokensPerMinute: 10 ** 15 }

export async function measureGuards(): Promise<GuardsResult> {
  const config = parseOptions({
    tiers: { all: Array.from({ length: TARGETS }, (_, index) => `pool/model-${index}`) },
    providers: { pool: { baseUrl: 'http://127.0.0.1:9', apiKey: 'sk-bench', limits: LIMITS } },
    targets: Object.fromEntries(
      Array.from({ length: TARGETS }, (_, index) => [
        `pool/model-${index}`,
        { limits: LIMITS, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } },
      ]),
    ),
    health: {},
    env: {},
  })
  const targets = [...config.targets.values()]
  let nowMs = 0
  const guards = createGuards(config, { now: Date.now, monotonic: () => performance.now() + nowMs })
  let next = 0
  const time = await microseconds('guards', () => guards(targets[next++ % 10] ?? targets[0]))
  const round = (): void => {
    nowMs += 1_000
    for (const target of targets) guards(target)
  }
  return { ...time, targets: TARGETS, ...memoryOf(round) }
}

/** All that a plain call asks of them, in the router's order. */
function createGuards({ health: policy, retry, shedding }: ReturnType<typeof parseOptions>, clock: Clock) {
  const health = createHealth({ policy, clock, onChange: () => undefined })
  const limits = createLimits({ clock, policiesOf: (target) => target.limits })
  const quota = createRetryQuota(retry)
  const latency = createLatencyBook()
  const lag = createLoopLag(() => true)
  const { signal } = new AbortController()
  return (target: Parameters<typeof health.admit>[0] | undefined): number => {
    if (target === undefined) throw new Error('there is no such target')
    const why = overload(0, { inFlight: 1, lagMs: lag.lagMs() }, shedding)
    if (why !== undefined || health.unavailable(target) !== undefined) throw new Error('refused')
    const place = limits.acquire(target, { tokens: 200, priority: 0, signal, maxWaitMs: 60_000 })
    const permit = health.admit(target, false)
    if (place instanceof Promise || 'why' in place || 'why' in permit) throw new Error('refused')
    place.sent()
    place.told({ requests: { remaining: 1_000, resetMs: 1_000 } })
    permit.end(undefined)
    place.end({ tokens: 180, isRateLimited: false })
    quota.earn(target)
    latency.observe(target, 100, false)
    return place.queuedMs
  }
}

function memoryOf(round: () => void): Pick<GuardsResult, 'bytesPerTarget' | 'growth'> {
  const rounds = (): void => {
    for (let count = 0; count < ROUNDS; count += 1) round()
  }
  const before = heapBytes()
  rounds()
  const after = heapBytes()
  rounds()
  return {
    bytesPerTarget: (after - before) / TARGETS,
    growth: (heapBytes() - after) / (after - before),
  }
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('this engine does not collect on demand')
  for (let round = 0; round < 3; round += 1) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
