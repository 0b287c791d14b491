import type { BudgetPolicy } from '../core/budget.ts'
import type { RouterConfig } from './router-config.ts'

/** What holds where an app says nothing; the `@default`s of `options.ts` say the same. */
export const DEFAULT_RETRY: RouterConfig['retry'] = {
  maxAttempts: undefined,
  retriesPerTarget: 1,
  patienceMs: 3_000,
  retryWaitMaxMs: 10_000,
  backoffBaseMs: 500,
  backoffMaxMs: 8_000,
  quotaReserve: 100,
  quotaPerAnswer: 0.2,
}

export const DEFAULT_TIMEOUTS: RouterConfig['timeouts'] = {
  attemptMs: 120_000,
  reasoningAttemptMs: 600_000,
  // The official client's own limit.
  callMs: 600_000,
  identifyMs: 10_000,
  // Undefined: the two below, which hold only where another target is left.
  firstTokenMs: undefined,
  reasoningFirstTokenMs: undefined,
  betweenTokensMs: 30_000,
  reasoningBetweenTokensMs: 120_000,
  abandonedMs: 120_000,
}

export const DEFAULT_FIRST_TOKEN_MS = 12_000
export const DEFAULT_REASONING_FIRST_TOKEN_MS = 90_000

export const DEFAULT_HEALTH: RouterConfig['health'] = {
  enabled: true,
  consecutiveFailures: 5,
  failureRate: 0.5,
  minAttempts: 10,
  windowMs: 30_000,
  openMs: 5_000,
  longCooldownMs: 600_000,
  cooldownMaxMs: 3_600_000,
}

export const DEFAULT_SHEDDING: RouterConfig['shedding'] = {
  maxInFlight: 10_000,
  maxLagMs: 250,
  lowPriorityBelow: 0,
}

export const DEFAULT_HEDGE: RouterConfig['hedge'] = {
  // True where `hedge` is given.
  enabled: false,
  tiers: undefined,
  tasks: undefined,
  routes: undefined,
  // Undefined: the target's own p95.
  afterMs: undefined,
  minAfterMs: 50,
  maxShare: 0.05,
}

export const DEFAULT_FASTEST: RouterConfig['fastest'] = { exploreShare: 0.02 }

/** Where `probes` is given. */
export const DEFAULT_PROBES: NonNullable<RouterConfig['probes']> = { intervalMs: 30_000 }

export const DEFAULT_LEDGER = {
  retentionDays: 90,
  hourRetentionDays: 400,
  queueMax: 10_000,
  batchMax: 200,
  flushMs: 200,
} as const

export const DEFAULT_BUDGET: Pick<BudgetPolicy, 'alertAt' | 'status'> = {
  alertAt: [0.5, 0.8, 0.95],
  status: 402,
}

export const DEFAULT_MANY_CALLS = 10

export const DEFAULT_QUEUE = { queueMax: 1_000, queueMaxWaitMs: 10_000 } as const

export const DEFAULT_STREAMS: RouterConfig['streams'] = {
  afterCut: 'error',
  bufferMaxBytes: 4 * 1024 * 1024,
}

export const DEFAULT_TRANSPORT = {
  kind: 'undici',
  // A streamed answer holds its socket for a minute; whatever is beyond this waits.
  connections: 4_096,
  keepAliveTimeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  responseMaxBytes: 64 * 1024 * 1024,
} as const

export const DEFAULT_TELEMETRY: RouterConfig['telemetry'] = {
  enabled: true,
  semconv: 'latest',
  draftCost: true,
  callerAttributes: false,
}

export const DEFAULT_RESPONSE_HEADERS: RouterConfig['responseHeaders'] = {
  serverTiming: false,
  report: false,
}
