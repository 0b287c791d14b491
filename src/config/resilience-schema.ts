/** Shapes of the options for staying up. */
import * as z from 'zod/mini'
import type {
  HealthOptions,
  HedgeOptions,
  LimitOptions,
  RetryOptions,
  SheddingOptions,
} from './resilience-options.ts'
import { flag, ms, numberFrom, share, text, whole } from './schema-values.ts'

export const retryShape = {
  maxAttempts: z.exactOptional(whole(1, 1_000)),
  retriesPerTarget: z.exactOptional(whole(0, 100)),
  patienceMs: z.exactOptional(ms(0)),
  retryWaitMaxMs: z.exactOptional(ms(0)),
  backoffBaseMs: z.exactOptional(ms(0)),
  backoffMaxMs: z.exactOptional(ms(0)),
  quotaReserve: z.exactOptional(whole(0, 1_000_000)),
  quotaPerAnswer: z.exactOptional(numberFrom(0, 1_000)),
} satisfies Record<keyof RetryOptions, unknown>

export const healthShape = {
  enabled: z.exactOptional(flag()),
  consecutiveFailures: z.exactOptional(whole(1, 1_000_000)),
  failureRate: z.exactOptional(share()),
  minAttempts: z.exactOptional(whole(1, 1_000_000)),
  windowMs: z.exactOptional(ms()),
  openMs: z.exactOptional(ms()),
  longCooldownMs: z.exactOptional(ms()),
  cooldownMaxMs: z.exactOptional(ms()),
} satisfies Record<keyof HealthOptions, unknown>

export const sheddingShape = {
  maxInFlight: z.exactOptional(whole(1, 10_000_000)),
  maxLagMs: z.exactOptional(ms()),
  lowPriorityBelow: z.exactOptional(numberFrom(-1_000_000, 1_000_000)),
} satisfies Record<keyof SheddingOptions, unknown>

const names = (rule: string) => z.exactOptional(z.array(text(rule), `must be a list; each ${rule}`))

export const hedgeShape = {
  enabled: z.exactOptional(flag()),
  tiers: names('must be the name of a tier'),
  tasks: names('must be the name of a task'),
  routes: names('must be an Express route, as in "POST /ask/:id"'),
  afterMs: z.exactOptional(ms(0)),
  minAfterMs: z.exactOptional(ms(0)),
  maxShare: z.exactOptional(share()),
} satisfies Record<keyof HedgeOptions, unknown>

export const limitsShape = {
  concurrency: z.exactOptional(whole(1, 1_000_000)),
  requestsPerMinute: z.exactOptional(whole(1, 100_000_000)),
  tokensPerMinute: z.exactOptional(whole(1, Number.MAX_SAFE_INTEGER)),
  queueMax: z.exactOptional(whole(0, 1_000_000)),
  queueMaxWaitMs: z.exactOptional(ms(0)),
} satisfies Record<keyof LimitOptions, unknown>
