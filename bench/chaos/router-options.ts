/** What the apps of the story say about their routers: what any app would, in everyday seconds. */
import type { Logger, RouterOptions } from 'express-llm'
import type { SharedState } from 'express-llm/redis'
import {
  ATTEMPT_MAX_MS,
  HEDGE_SHARE_MAX,
  IN_FLIGHT_MAX,
  OPEN_MS,
  PATIENCE_MS,
  PROCESSES,
  PROVIDERS,
  roleOf,
  targetOf,
  TIERS,
  type ProviderName,
} from './cast.ts'
import type { SabotageName } from './sabotage.ts'

export interface AppSettings {
  readonly urls: Readonly<Record<ProviderName, string>>
  readonly sabotage: SabotageName | undefined
  /** What the processes share; undefined: nothing. */
  readonly sharedState: SharedState | undefined
  readonly logger: Logger
}

export function routerOptions({ urls, sabotage, sharedState, logger }: AppSettings): RouterOptions {
  const parts = sharedState === undefined && sabotage !== 'greedy' ? PROCESSES : 1
  return {
    tiers: sabotage === 'lonely' ? { ...TIERS, cheap: [targetOf('alpha')] } : TIERS,
    defaultTier: 'cheap',
    providers: Object.fromEntries(
      PROVIDERS.map((name) => [
        name,
        { baseUrl: urls[name], apiKey: 'sk-chaos', ...limitsOf(name, { sabotage, parts }) },
      ]),
    ),
    targets: Object.fromEntries(
      PROVIDERS.map((name) => [targetOf(name), { price: priceOf(name), ...timeOf(name) }]),
    ),
    timeouts: { attemptMs: ATTEMPT_MAX_MS, firstTokenMs: ATTEMPT_MAX_MS },
    health: {
      enabled: sabotage !== 'deaf',
      openMs: sabotage === 'stuck' ? OPEN_MS * 10 : OPEN_MS,
      ...(sabotage === 'impatient' && { cooldownMaxMs: 1_000 }),
    },
    identify: (_req, res) => ({ user: res.locals['user'], allow: ['*'] }),
    responseHeaders: { report: true },
    hedge: sabotage === 'steadfast' ? { enabled: false } : { tiers: ['chat'], maxShare: HEDGE_SHARE_MAX },
    transport: { connectTimeoutMs: CONNECT_MAX_MS },
    shedding: { maxInFlight: sabotage === 'boundless' ? 100_000 : IN_FLIGHT_MAX, maxLagMs: LAG_MAX_MS },
    ...(sharedState !== undefined && { sharedState }),
    logger,
    env: {},
  }
}

/** The system asks again for a connection that a full queue has dropped after a second on the wall. */
const CONNECT_MAX_MS = 60_000

/** A busy machine's tenth of a second is one in story time: what is refused for that is told by no story. */
const LAG_MAX_MS = 60_000

/** Where nothing is shared each process keeps to its part, as docs/limits.md says. */
function limitsOf(
  name: ProviderName,
  { sabotage, parts }: { readonly sabotage: SabotageName | undefined; readonly parts: number },
): Pick<Provider, 'limits'> {
  const { requestsPerMinute } = roleOf(name)
  if (requestsPerMinute === undefined) return {}
  return {
    limits: {
      requestsPerMinute: Math.floor(requestsPerMinute / parts),
      queueMaxWaitMs: name === 'delta' && sabotage !== 'hasty' ? BULK_PATIENCE_MS : PATIENCE_MS,
    },
  }
}

type Provider = Exclude<NonNullable<RouterOptions['providers']>[string], { model: unknown }>

/** Who asks in bulk has time, ms. */
const BULK_PATIENCE_MS = 1_200_000

/** Behind these there is nobody else, or nobody waits: they get the time that they need. */
function timeOf(name: ProviderName): { attemptTimeoutMs?: number; firstTokenTimeoutMs?: number } {
  if (name === 'alpha' || name === 'beta') return {}
  return { attemptTimeoutMs: LAST_ATTEMPT_MAX_MS, firstTokenTimeoutMs: LAST_ATTEMPT_MAX_MS }
}

const LAST_ATTEMPT_MAX_MS = 60_000

function priceOf(name: ProviderName): { inputUsdPerMTok: number; outputUsdPerMTok: number } {
  const { inputUsdPerMTok, outputUsdPerMTok } = roleOf(name)
  return { inputUsdPerMTok, outputUsdPerMTok }
}
