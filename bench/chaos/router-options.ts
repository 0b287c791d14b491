/** What the apps of the story say about their routers: what any app would, in everyday seconds. */
import type { RouterOptions } from 'express-llm'
import {
  ATTEMPT_MAX_MS,
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

type Urls = Readonly<Record<ProviderName, string>>

export function routerOptions(urls: Urls, sabotage: SabotageName | undefined): RouterOptions {
  return {
    tiers: sabotage === 'lonely' ? { ...TIERS, cheap: [targetOf('alpha')] } : TIERS,
    defaultTier: 'cheap',
    providers: Object.fromEntries(
      PROVIDERS.map((name) => [
        name,
        { baseUrl: urls[name], apiKey: 'sk-chaos', ...limitsOf(name, sabotage) },
      ]),
    ),
    targets: Object.fromEntries(
      PROVIDERS.map((name) => [targetOf(name), { price: priceOf(name), ...timeOf(name) }]),
    ),
    timeouts: { attemptMs: ATTEMPT_MAX_MS, firstTokenMs: ATTEMPT_MAX_MS },
    health: {
      enabled: sabotage !== 'deaf',
      openMs: sabotage === 'stuck' ? OPEN_MS * 6 : OPEN_MS,
      ...(sabotage === 'impatient' && { cooldownMaxMs: 1_000 }),
    },
    identify: (_req, res) => ({ user: res.locals['user'], allow: ['*'] }),
    responseHeaders: { report: true },
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    env: {},
  }
}

/** The story prints what it sees itself. */
function ignore(): void {}

/** Each process keeps to its share, as docs/limits.md says. */
function limitsOf(name: ProviderName, sabotage: SabotageName | undefined): Pick<Provider, 'limits'> {
  const { requestsPerMinute } = roleOf(name)
  if (requestsPerMinute === undefined) return {}
  const share = sabotage === 'greedy' ? 1 : 1 / PROCESSES
  return {
    limits: {
      requestsPerMinute: Math.floor(requestsPerMinute * share),
      queueMaxWaitMs: name === 'delta' && sabotage !== 'hasty' ? BULK_PATIENCE_MS : PATIENCE_MS,
    },
  }
}

type Provider = Exclude<NonNullable<RouterOptions['providers']>[string], { model: unknown }>

/** Who asks in bulk has time, ms. */
const BULK_PATIENCE_MS = 1_200_000

/** Behind these there is nobody else, or nobody waits: they get the time that they need. */
function timeOf(name: ProviderName): { attemptTimeoutMs?: number; firstTokenTimeoutMs?: number } {
  if (name !== 'gamma' && name !== 'delta') return {}
  return { attemptTimeoutMs: LAST_ATTEMPT_MAX_MS, firstTokenTimeoutMs: LAST_ATTEMPT_MAX_MS }
}

const LAST_ATTEMPT_MAX_MS = 20_000

function priceOf(name: ProviderName): { inputUsdPerMTok: number; outputUsdPerMTok: number } {
  const { inputUsdPerMTok, outputUsdPerMTok } = roleOf(name)
  return { inputUsdPerMTok, outputUsdPerMTok }
}
