/** Shapes of the options: types, ranges and their rules in words. What names lead to is checked elsewhere. */
// `zod/mini` imports in 10 to 20 ms less than `zod`; the messages are ours anyway.
import * as z from 'zod/mini'
import type { Identify } from '../core/identify.ts'
import type { Logger } from '../core/logger.ts'
import type { SharedOperations } from '../core/shared-state.ts'
import type { HealthChange } from '../core/target-health.ts'
import type { Clock, Random } from '../core/clock.ts'
import { STRATEGY_NAMES } from '../core/strategy.ts'
import type { Capabilities, PriceTable } from '../core/target.ts'
import type { TlsOptions } from '../providers/provider-config.ts'
import type {
  ProviderOptions,
  ResponseHeaderOptions,
  RouterOptions,
  StreamOptions,
  TargetOptions,
  TelemetryOptions,
  TimeoutOptions,
  TransportOptions,
} from './options.ts'
import { amountSchema, BUDGET_NAMES, budgetsSchema, onBudgetSchema } from './budget-schema.ts'
import { healthShape, hedgeShape, limitsShape, retryShape, sheddingShape } from './resilience-schema.ts'
import { LEDGER_NAMES, ledgerSchema, manyCallsSchema, timeZoneSchema } from './ledger-schema.ts'
import { CHOICE_NAMES, fastestSchema, probesSchema } from './schema-choices.ts'
import { text, flag, oneOf, whole, ms, usd, isFunction, withMethods, options } from './schema-values.ts'

const PEM = 'must be PEM text or a Buffer'
const pem = () => z.union([z.string(), z.instanceof(Buffer)], PEM)

const tlsShape = {
  ca: z.exactOptional(z.union([pem(), z.array(pem())], `${PEM}, or a list of them`)),
  cert: z.exactOptional(pem()),
  key: z.exactOptional(pem()),
  passphrase: z.exactOptional(text()),
  servername: z.exactOptional(text()),
  rejectUnauthorized: z.exactOptional(flag()),
} satisfies Record<keyof TlsOptions, unknown>

const transportShape = {
  kind: z.exactOptional(oneOf(['undici', 'fetch'])),
  fetch: z.exactOptional(z.custom<typeof globalThis.fetch>(isFunction, 'must be a function such as fetch')),
  connections: z.exactOptional(whole(1, 65_535)),
  keepAliveTimeoutMs: z.exactOptional(ms()),
  connectTimeoutMs: z.exactOptional(ms()),
  responseMaxBytes: z.exactOptional(whole(1, Number.MAX_SAFE_INTEGER, ' of bytes')),
  proxyUrl: z.exactOptional(text('must be an http or https address')),
  tls: z.exactOptional(options(tlsShape)),
} satisfies Record<keyof TransportOptions, unknown>

const timeoutsShape = {
  attemptMs: z.exactOptional(ms()),
  reasoningAttemptMs: z.exactOptional(ms()),
  callMs: z.exactOptional(ms()),
  identifyMs: z.exactOptional(ms()),
  firstTokenMs: z.exactOptional(ms()),
  reasoningFirstTokenMs: z.exactOptional(ms()),
  betweenTokensMs: z.exactOptional(ms()),
  reasoningBetweenTokensMs: z.exactOptional(ms()),
  abandonedMs: z.exactOptional(ms()),
} satisfies Record<keyof TimeoutOptions, unknown>

const streamsShape = {
  afterCut: z.exactOptional(oneOf(['error', 'buffer'])),
  bufferMaxBytes: z.exactOptional(whole(1, Number.MAX_SAFE_INTEGER, ' of bytes')),
} satisfies Record<keyof StreamOptions, unknown>

const telemetryShape = {
  enabled: z.exactOptional(flag()),
  semconv: z.exactOptional(oneOf(['latest', 'v1.41', 'both'])),
  draftCost: z.exactOptional(flag()),
  callerAttributes: z.exactOptional(flag()),
} satisfies Record<keyof TelemetryOptions, unknown>

const responseHeadersShape = {
  serverTiming: z.exactOptional(flag()),
  report: z.exactOptional(flag()),
} satisfies Record<keyof ResponseHeaderOptions, unknown>

const providerShape = {
  limits: z.exactOptional(options(limitsShape)),
  preset: z.exactOptional(text()),
  baseUrl: z.exactOptional(text('must be an http or https address')),
  apiKey: z.exactOptional(text('must be a text that is not empty (its value is not shown)')),
  apiKeyEnv: z.exactOptional(text('must be the name of an environment variable')),
  headers: z.exactOptional(z.record(z.string(), z.string('must be a text'), 'must be an object of texts')),
  organization: z.exactOptional(text()),
  project: z.exactOptional(text()),
  endpoint: z.exactOptional(text('must be an https address such as "https://name.openai.azure.com"')),
  apiVersion: z.exactOptional(text()),
  region: z.exactOptional(text()),
} satisfies Record<keyof ProviderOptions, unknown>

const perMillion = () => usd('USD per million tokens')

const priceShape = {
  inputUsdPerMTok: perMillion(),
  outputUsdPerMTok: perMillion(),
  cacheReadUsdPerMTok: z.exactOptional(perMillion()),
  cacheWriteUsdPerMTok: z.exactOptional(perMillion()),
  perRequestUsd: z.exactOptional(usd('USD')),
} satisfies Record<keyof PriceTable, unknown>

const capabilitiesShape = {
  tools: z.exactOptional(flag()),
  vision: z.exactOptional(flag()),
  jsonSchema: z.exactOptional(flag()),
} satisfies Record<keyof Capabilities, unknown>

const targetShape = {
  limits: z.exactOptional(options(limitsShape)),
  priceAs: z.exactOptional(text()),
  price: z.exactOptional(options(priceShape)),
  contextWindowTokens: z.exactOptional(whole(1, Number.MAX_SAFE_INTEGER, ' of tokens')),
  capabilities: z.exactOptional(options(capabilitiesShape)),
  isReasoning: z.exactOptional(flag()),
  attemptTimeoutMs: z.exactOptional(ms()),
  firstTokenTimeoutMs: z.exactOptional(ms()),
  betweenTokensTimeoutMs: z.exactOptional(ms()),
} satisfies Record<keyof TargetOptions, unknown>

/** One schema per top-level option, so that a mistake in one does not hide those in the others. */
export const SECTION_SCHEMAS = {
  tiers: z.record(z.string(), z.unknown(), 'must be an object: names of tiers, each with a list of targets'),
  defaultTier: text('must be the name of a tier'),
  tasks: z.record(
    z.string(),
    z.unknown(),
    'must be an object: names of tasks, each with a tier or a list of targets',
  ),
  aliases: z.record(
    z.string(),
    text('must be the name of a tier, a task or a target'),
    'must be an object: other names, each with the tier, task or target it stands for',
  ),
  targets: z.record(z.string(), options(targetShape), 'must be an object by target, "instance/model"'),
  providers: z.record(z.string(), z.unknown(), 'must be an object: provider instances by name'),
  strategy: oneOf(STRATEGY_NAMES),
  fastest: fastestSchema,
  probes: probesSchema,
  identify: z.custom<Identify>(
    (value) => typeof value === 'function',
    'must be a function (req, res) => caller',
  ),
  strictKeys: flag(),
  retry: options(retryShape),
  timeouts: options(timeoutsShape),
  streams: options(streamsShape),
  health: options(healthShape),
  hedge: options(hedgeShape),
  onHealthChange: z.custom<(change: HealthChange) => void>(isFunction, 'must be a function (change) => void'),
  ledger: ledgerSchema,
  timeZone: timeZoneSchema,
  manyCalls: manyCallsSchema,
  baseline: text('must be a model that has a price, "instance/model"'),
  sharedState: withMethods<SharedOperations>(
    ['lease', 'sync', 'claim'],
    'must come from redisState() or memoryState()',
  ),
  budgets: budgetsSchema,
  maxRequestCostUsd: amountSchema,
  onBudget: onBudgetSchema,
  shedding: options(sheddingShape),
  transport: options(transportShape),
  telemetry: options(telemetryShape),
  responseHeaders: options(responseHeadersShape),
  logger: withMethods<Logger>(
    ['debug', 'info', 'warn', 'error'],
    'must have the methods debug, info, warn and error, as console has',
  ),
  env: z.record(
    z.string(),
    z.union([z.string(), z.undefined()], 'must be a text'),
    'must be an object of texts',
  ),
  clock: withMethods<Clock>(['now', 'monotonic'], 'must have the methods now and monotonic'),
  random: z.custom<Random>(isFunction, 'must be a function that returns a number in [0, 1)'),
} satisfies Record<keyof RouterOptions, unknown>

/** One provider instance that is not an AI SDK model. */
export const providerSchema = options(providerShape)
export type ParsedProvider = z.output<typeof providerSchema>

/** The names that may stand at a place, for hints; `*` is any name. */
export const KNOWN_NAMES: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(SECTION_SCHEMAS),
  ...CHOICE_NAMES,
  ...LEDGER_NAMES,
  ...BUDGET_NAMES,
  retry: Object.keys(retryShape),
  timeouts: Object.keys(timeoutsShape),
  streams: Object.keys(streamsShape),
  health: Object.keys(healthShape),
  shedding: Object.keys(sheddingShape),
  hedge: Object.keys(hedgeShape),
  transport: Object.keys(transportShape),
  'transport.tls': Object.keys(tlsShape),
  telemetry: Object.keys(telemetryShape),
  responseHeaders: Object.keys(responseHeadersShape),
  'providers.*': Object.keys(providerShape),
  'targets.*': Object.keys(targetShape),
  'providers.*.limits': Object.keys(limitsShape),
  'targets.*.limits': Object.keys(limitsShape),
  'targets.*.price': Object.keys(priceShape),
  'targets.*.capabilities': Object.keys(capabilitiesShape),
}
