import { TIMER_MAX_MS } from '../core/clock.ts'
import type { IncomingMessage } from 'node:http'
import type { Caller } from '../core/caller.ts'
import type { AppRequest } from '../core/identify.ts'
import { type LlmError, invalidConfig } from '../core/llm-error.ts'
import { didYouMean } from '../core/spelling.ts'
import { DEFAULT_WIRE_LIMITS, type WireLimits } from '../surface/wire-request.ts'
import { HINT_NAMES, type HintName } from './hints.ts'

/** Who is asking; null, undefined or false for nobody that is known. */
export type Authorized = Caller | null | undefined | false

/**
 * Says who a request at the door is from, before its body is read; may be async. Nothing (null, undefined, false) is a
 * 401. What it throws is a 500 without detail, or 401 and 403 where the thrown has that `status`.
 */
export type Authorize<Req = AppRequest> = (req: Req) => Authorized | Promise<Authorized>

export interface OpenaiEndpointOptions<Req = AppRequest> {
  /** Says who is asking and what they may use. Required: `bearerKeys([…])`, or a function of your own. */
  readonly authorize: Authorize<Req>
  /** Longest request body that the door reads itself, bytes. @default 16777216 (16 MiB) */
  readonly bodyMaxBytes?: number
  /** Longest wait for that body, ms. @default 60000 */
  readonly bodyTimeoutMs?: number
  /** Most messages of a chat request. @default 2048 */
  readonly messagesMax?: number
  /** Largest `n` of a chat request. @default 16 */
  readonly choicesMax?: number
  /** Routing hints that clients may give, in `x-llm-*` headers or in `metadata`. @default [] */
  readonly hints?: readonly HintName[]
  /** Tell target, tier, attempts and cost of a call in `x-llm-*` headers of its answer. @default true */
  readonly reportHeaders?: boolean
}

/** The options, complete. */
export interface EndpointConfig {
  readonly authorize: (req: IncomingMessage) => unknown
  readonly bodyMaxBytes: number
  readonly bodyTimeoutMs: number
  readonly limits: WireLimits
  readonly hints: ReadonlySet<HintName>
  readonly reportHeaders: boolean
}

/** @throws LlmError `config_invalid` naming option and rule */
export function endpointConfig(options: unknown): EndpointConfig {
  if (typeof options !== 'object' || options === null)
    throw invalid('options', 'its second argument must be options such as { authorize: bearerKeys([…]) }')
  const given = options as Partial<Record<string, unknown>>
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(CHECKS, name))
  if (unknown !== undefined)
    throw invalid(unknown, `"${unknown}" is no option of it.${didYouMean(unknown, Object.keys(CHECKS))}`)
  for (const [name, check] of Object.entries(CHECKS)) {
    const rule = given[name] === undefined && name !== 'authorize' ? undefined : check(given[name])
    if (rule !== undefined) throw invalid(name, `"${name}" ${rule}`)
  }
  return completed(given as unknown as OpenaiEndpointOptions<IncomingMessage>)
}

function completed(options: OpenaiEndpointOptions<IncomingMessage>): EndpointConfig {
  const { messagesMax, choicesMax } = DEFAULT_WIRE_LIMITS
  return {
    authorize: options.authorize,
    bodyMaxBytes: options.bodyMaxBytes ?? 16 * 1024 * 1024,
    bodyTimeoutMs: options.bodyTimeoutMs ?? 60_000,
    limits: {
      messagesMax: options.messagesMax ?? messagesMax,
      choicesMax: options.choicesMax ?? choicesMax,
    },
    hints: new Set(options.hints),
    reportHeaders: options.reportHeaders ?? true,
  }
}

type Check = (value: unknown) => string | undefined

const count =
  (max: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max
      ? undefined
      : `must be a whole number from 1 to ${max}`

const hintList: Check = (value) => {
  const isList = Array.isArray(value) && value.every((each) => HINT_NAMES.includes(each))
  return isList ? undefined : `must be a list of hints: ${HINT_NAMES.join(', ')}`
}

const CHECKS: Readonly<Record<keyof OpenaiEndpointOptions, Check>> = {
  authorize: (value) =>
    typeof value === 'function'
      ? undefined
      : 'must be a function that says who is asking: without it anybody could spend your money. See bearerKeys()',
  bodyMaxBytes: count(Number.MAX_SAFE_INTEGER),
  bodyTimeoutMs: count(TIMER_MAX_MS),
  messagesMax: count(Number.MAX_SAFE_INTEGER),
  choicesMax: count(Number.MAX_SAFE_INTEGER),
  hints: hintList,
  reportHeaders: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
}

/** A door that is set up wrongly must not open. */
export function invalid(param: string, detail: string): LlmError {
  const message = `openaiEndpoint() cannot be mounted: ${detail}${/[.?]$/.test(detail) ? '' : '.'}`
  return invalidConfig(message, param)
}
