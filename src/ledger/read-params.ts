import { invalidParams, type LlmError } from '../core/llm-error.ts'
import { didYouMean } from '../core/spelling.ts'
import { readCursor } from './calls-cursor.ts'
import type { QueryParam, QueryParams, ReadParams } from './query-param.ts'
import { readMoment } from './read-moment.ts'
import { not, quoted, wrongParam } from './wrong-param.ts'

/** What came in: texts of a URL, or values of the app's own code. */
export type GivenParams = Readonly<Record<string, unknown>>

/**
 * Reads the params of a query. What is absent (or undefined) stays absent.
 *
 * @throws LlmError `invalid_params` (400) that names param, value, rule and way out
 */
export function readParams<Params extends QueryParams>(
  params: Params,
  given: GivenParams,
  timeZone: string,
): ReadParams<Params> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidParams('A query must be an object such as { from: "2026-11-21", by: "model" }.')
  const read: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const param = Object.hasOwn(params, name) ? params[name] : undefined
    if (param === undefined) throw unknownParam(name, Object.keys(params))
    if (value !== undefined) read[name] = readParam({ name, param, timeZone }, value)
  }
  // Each has been read by the rule of its name.
  return read as ReadParams<Params>
}

interface NamedParam {
  readonly name: string
  readonly param: QueryParam
  readonly timeZone: string
}

function readParam({ name, param, timeZone }: NamedParam, value: unknown): unknown {
  if (value === '') throw wrongParam(name, 'is empty: leave it out, or give it a value')
  switch (param.kind) {
    case 'moment':
      return readMoment({ name, edge: param.edge, timeZone }, value)
    case 'choice':
      if (typeof value === 'string' && param.choices.includes(value)) return value
      throw wrongParam(
        name,
        `must be one of ${param.choices.join(', ')}${not(value)}`,
        typeof value === 'string' ? didYouMean(value, param.choices) : '',
      )
    case 'count': {
      const isDigits = typeof value === 'string' && /^\d{1,15}$/.test(value)
      const count = isDigits ? Number(value) : value
      if (Number.isSafeInteger(count) && Number(count) >= param.min && Number(count) <= param.max)
        return count
      throw wrongParam(name, `must be a whole number from ${param.min} to ${param.max}${not(value)}`)
    }
    case 'text':
      if (typeof value === 'string') return value
      throw wrongParam(name, `must be a text${not(value)}`)
    case 'cursor': {
      const cursor = typeof value === 'string' ? readCursor(value) : undefined
      if (cursor !== undefined) return cursor
      throw wrongParam(
        name,
        `must be the "next" of a page before it, as it was${not(value)}: begin anew without it`,
      )
    }
  }
}

function unknownParam(name: string, known: readonly string[]): LlmError {
  const rule = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`
  return invalidParams(
    `${quoted(name)} is no param of this query: ${rule}.${didYouMean(name, known)}`,
    toldName(name),
  )
}

/** Of two values, neither is known to be the one that is meant. */
export function paramTwice(name: string): LlmError {
  return invalidParams(`${quoted(name)} is there more than once: say it once.`, toldName(name))
}

/** Names come from outside: what is longer than any of ours is not repeated. */
function toldName(name: string): string | undefined {
  return name.length > 60 ? undefined : name
}
