import { isObject } from '../core/json-shape.ts'
import type { IncomingHttpHeaders } from 'node:http'
import type { CallOptions } from '../router/call-options.ts'
import { badRequest } from '../surface/wire-refusal.ts'

/** What a client may ask of the routing, as far as the app lets it: options of a call, never who is charged. */
export type HintName = 'tier' | 'task' | 'feature' | 'maxCostUsd' | 'maxLatencyMs' | 'timeout' | 'afterCut'

interface Hint {
  /** In `x-llm-*` headers. */
  readonly header: string
  /** In `metadata`. */
  readonly key: string
  readonly isNumber: boolean
}

const HINTS: Readonly<Record<HintName, Hint>> = {
  tier: { header: 'x-llm-tier', key: 'llm_tier', isNumber: false },
  task: { header: 'x-llm-task', key: 'llm_task', isNumber: false },
  feature: { header: 'x-llm-feature', key: 'llm_feature', isNumber: false },
  maxCostUsd: { header: 'x-llm-max-cost-usd', key: 'llm_max_cost_usd', isNumber: true },
  maxLatencyMs: { header: 'x-llm-max-latency-ms', key: 'llm_max_latency_ms', isNumber: true },
  timeout: { header: 'x-llm-timeout', key: 'llm_timeout', isNumber: true },
  afterCut: { header: 'x-llm-after-cut', key: 'llm_after_cut', isNumber: false },
}

export const HINT_NAMES = Object.keys(HINTS) as readonly HintName[]

/** Labels and names; what is longer is none. */
const TEXT_MAX_CHARS = 200

export interface HintRules {
  readonly allowed: ReadonlySet<HintName>
  /** Clients may shorten a call, not prolong it. */
  readonly timeoutMaxMs: number
}

/**
 * Takes the routing hints out of a request: options of the call, and the body without them. A header wins over
 * `metadata`.
 *
 * @throws WireRefusal 400 for a hint that is not allowed, not known, or malformed
 */
export function takeHints(
  headers: IncomingHttpHeaders,
  body: unknown,
  rules: HintRules,
): { readonly options: CallOptions; readonly body: unknown } {
  const options: Record<string, string | number> = {}
  const { hints, rest } = hintsIn(body)
  const inHeaders = Object.entries(headers).filter(([name]) => name.startsWith('x-llm-'))
  for (const [place, names] of [
    ['key', hints],
    ['header', inHeaders],
  ] as const) {
    for (const [name, value] of names) {
      const hint = HINT_NAMES.find((each) => HINTS[each][place] === name)
      if (hint === undefined || !rules.allowed.has(hint)) throw notOpen(name)
      options[hint] = HINTS[hint].isNumber ? numberIn(name, value) : textIn(name, value)
    }
  }
  if (typeof options['timeout'] === 'number')
    options['timeout'] = Math.min(options['timeout'], rules.timeoutMaxMs)
  return { options, body: rest }
}

type Entries = readonly (readonly [string, unknown])[]

/** The hints in `metadata`, and the body as the provider may see it. */
function hintsIn(body: unknown): { readonly hints: Entries; readonly rest: unknown } {
  const metadata = isObject(body) ? body['metadata'] : undefined
  if (!isObject(body) || !isObject(metadata)) return { hints: [], rest: body }
  const entries = Object.entries(metadata)
  const hints = entries.filter(([name]) => name.startsWith('llm_'))
  if (hints.length === 0) return { hints, rest: body }
  const { metadata: _metadata, ...rest } = body
  const others = entries.filter(([name]) => !name.startsWith('llm_'))
  return { hints, rest: others.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(others) } }
}

function notOpen(name: string): Error {
  const shown = name.slice(0, TEXT_MAX_CHARS)
  return badRequest(`The routing hint "${shown}" is not open to clients of this server.`, shown)
}

function textIn(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= TEXT_MAX_CHARS) return value
  throw badRequest(`The routing hint "${name}" must be a short text.`, name)
}

function numberIn(name: string, value: unknown): number {
  const isText = typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value)
  const number = isText ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number) && number > 0) return number
  throw badRequest(`The routing hint "${name}" must be a number over 0.`, name)
}
