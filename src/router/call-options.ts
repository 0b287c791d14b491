import { TIMER_MAX_MS } from '../core/clock.ts'
import type { AfterCut } from '../config/options.ts'
import { invalidParams, type LlmError } from '../core/llm-error.ts'
import type { ChatCompletion } from '../core/openai-types.ts'
import { didYouMean } from '../core/spelling.ts'
import { STRATEGY_NAMES, type StrategyName } from '../core/strategy.ts'

/**
 * The second argument of a call: the client's own request options, and what routing needs. It comes from the app's
 * code, never from a request body. Unknown keys are errors.
 */
export interface CallOptions {
  /** Longest wait for the whole call, retries and fallbacks included, ms. @default timeouts.callMs of the config */
  readonly timeout?: number | undefined
  /** Ends the call, wherever it is. */
  readonly signal?: AbortSignal | null | undefined
  /** Extra request headers, sent to every provider that the call reaches. */
  readonly headers?: Headers | Readonly<Record<string, string | null | undefined>> | undefined
  /** Sent as `idempotency-key` with every attempt. */
  readonly idempotencyKey?: string | undefined
  /** Longest wait for one attempt, ms. @default the target's */
  readonly attemptTimeoutMs?: number | undefined
  /** Streamed: longest wait for the first content, ms; holds at the last target too. @default the target's */
  readonly firstTokenTimeoutMs?: number | undefined
  /** Streamed: longest silence of the provider after the first content, ms. @default the target's */
  readonly betweenTokensTimeoutMs?: number | undefined
  /** What a stream does when it breaks after its first content. @default streams.afterCut of the config */
  readonly afterCut?: AfterCut | undefined
  /** Most attempts, retries and fallbacks together. @default retry.maxAttempts of the config */
  readonly maxAttempts?: number | undefined
  /** Ask the next target as well when the first is slow; see `docs/hedging.md`. @default as `hedge` of the config says */
  readonly hedge?: boolean | undefined
  /** Who waits for room at a limited target goes by this, higher first. @default 0 */
  readonly priority?: number | undefined
  /** Tier to ask, by its name. */
  readonly tier?: string | undefined
  /** Task of the call; decides where neither `model` nor `tier` does. */
  readonly task?: string | undefined
  /** Order in which targets are tried: `in-order` as listed, or `fastest` first. @default the config's */
  readonly strategy?: StrategyName | undefined
  /** Targets expected to cost more, and targets without a known price, are skipped, USD. */
  readonly maxCostUsd?: number | undefined
  /** Targets whose answers have lately taken longer are skipped, ms. */
  readonly maxLatencyMs?: number | undefined
  /** Wins over `identify`'s for this call. */
  readonly user?: string | undefined
  /** The same for the tenant. */
  readonly tenant?: string | undefined
  /** The same for the feature. */
  readonly feature?: string | undefined
  /** Your own labels, for the log line. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /**
   * Checks a chat answer. False (or a throw) refuses it: the next target is asked, both answers are billed. A streamed
   * answer can be checked only with `afterCut: 'buffer'`.
   */
  readonly accept?: ((completion: ChatCompletion) => boolean | Promise<boolean>) | undefined
  /** The call goes on after the client has gone. @default false */
  readonly detached?: boolean | undefined
  /**
   * A connection of yours, inside of a transaction: what the call cost is written there, before the call resolves (a stream: before
   * it ends). For `sqliteLedger` a `DatabaseSync`, for `postgresLedger` a client of `pg`; see `docs/ledger.md`.
   */
  readonly transaction?: object | undefined
}

type Check = (value: unknown) => string | undefined

const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'must be a non-empty string'
const bool: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false')
const connection: Check = (value) =>
  typeof value === 'object' && value !== null ? undefined : 'must be a connection to a database'
const fn: Check = (value) => (typeof value === 'function' ? undefined : 'must be a function')
const duration: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= TIMER_MAX_MS
    ? undefined
    : `must be a number of ms, more than 0 and at most ${TIMER_MAX_MS}`
const amount: Check = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? undefined
    : 'must be a number of USD, 0 or more'
const finite: Check = (value) => (Number.isFinite(value) ? undefined : 'must be a number')
const count: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 1 ? undefined : 'must be a whole number, 1 or more'
const signal: Check = (value) => (value instanceof AbortSignal ? undefined : 'must be an AbortSignal')
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string) ? undefined : `must be ${values.map((each) => `'${each}'`).join(' or ')}`

/** Headers that decide where a request goes or with whose key: the config's business, never a call's. */
const RESERVED_HEADERS = new Set([
  'authorization',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'proxy-authorization',
  'cookie',
  'openai-organization',
  'openai-project',
  'host',
  'content-length',
  'transfer-encoding',
])

const headers: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'must be a Headers or a plain object'
  }
  const entries = value instanceof Headers ? [...value] : Object.entries(value)
  const reserved = entries.find(([name]) => RESERVED_HEADERS.has(name.toLowerCase()))
  if (reserved !== undefined) return `must not set "${reserved[0]}"; providers and keys belong in the config`
  const wrong = entries.find(([name, each]) => !isHeader(name, each))
  return wrong === undefined ? undefined : `holds "${wrong[0]}", whose name or value no HTTP header can have`
}

function isHeader(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return true
  return typeof value === 'string' && canBeSent(() => new Headers([[name, value]]))
}

/** The standard's own check, as the transport will make it. */
function canBeSent(make: () => Headers): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

const headerText: Check = (value) =>
  text(value) ??
  (isHeader('idempotency-key', value) ? undefined : 'must be text that an HTTP header can hold')

const labels: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'must be an object of strings'
  return Object.values(value).every((each) => typeof each === 'string') ? undefined : 'must hold strings only'
}

const CHECKS: Readonly<Record<keyof CallOptions, Check>> = {
  timeout: duration,
  signal,
  headers,
  idempotencyKey: headerText,
  attemptTimeoutMs: duration,
  firstTokenTimeoutMs: duration,
  betweenTokensTimeoutMs: duration,
  afterCut: oneOf('error', 'buffer'),
  maxAttempts: count,
  hedge: bool,
  priority: finite,
  tier: text,
  task: text,
  strategy: oneOf(...STRATEGY_NAMES),
  maxCostUsd: amount,
  maxLatencyMs: duration,
  user: text,
  tenant: text,
  feature: text,
  metadata: labels,
  accept: fn,
  detached: bool,
  transaction: connection,
}

/** Options of the client, or of a later version, that need a word of their own. */
const EXPLAINED: Readonly<Record<string, string>> = {
  maxRetries: 'retries are the router’s: use maxAttempts here, or retry.retriesPerTarget in the config',
  stream: '`stream: true` goes into the first argument',
  model: 'the model goes into the first argument',
}

/**
 * Checks call options.
 *
 * @throws LlmError `invalid_params` naming the option, the rule and the nearest right spelling
 */
export function checkCallOptions(options: unknown): asserts options is CallOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidParams('The second argument of a call must be an object of options.')
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, name)) throw unknownOption(name)
    if (value === undefined || (name === 'signal' && value === null)) continue
    const rule = CHECKS[name as keyof CallOptions](value)
    if (rule !== undefined) throw invalidParams(`Call option "${name}" ${rule}.`, name)
  }
}

function unknownOption(name: string): LlmError {
  const explained = Object.hasOwn(EXPLAINED, name) ? EXPLAINED[name] : undefined
  if (explained !== undefined)
    return invalidParams(`Call option "${name}" is not available: ${explained}.`, name)
  return invalidParams(`Unknown call option "${name}".${didYouMean(name, Object.keys(CHECKS))}`, name)
}
