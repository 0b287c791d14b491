import { DIMENSIONS, type Cursor, type Dimension } from '../core/ledger-store.ts'

/** What a param of a query may be: drives both how it is read and how OpenAPI tells of it. */
export type QueryParam = { readonly description: string } & (
  | { readonly kind: 'moment'; readonly edge: 'from' | 'to' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'count'; readonly min: number; readonly max: number; readonly fallback: number }
  | { readonly kind: 'text' }
  | { readonly kind: 'cursor' }
)

export type QueryParams = Readonly<Record<string, QueryParam>>

/** What a param becomes when it is read. Moments are ms since the epoch. */
export type ReadParam<P extends QueryParam> = P extends { readonly kind: 'moment' | 'count' }
  ? number
  : P extends { readonly kind: 'choice'; readonly choices: readonly (infer Choice)[] }
    ? Choice
    : P extends { readonly kind: 'cursor' }
      ? Cursor
      : string

export type ReadParams<Params extends QueryParams> = {
  readonly [Name in keyof Params]?: ReadParam<Params[Name]>
}

export type GroupedBy = Exclude<Dimension, 'all'>

const GROUPED_BY = DIMENSIONS.filter((dimension): dimension is GroupedBy => dimension !== 'all')
const OUTCOMES = ['success', 'degraded', 'refused', 'exhausted', 'cancelled'] as const

const MOMENT =
  'a date of the ledger’s time zone (`2026-11-21`), or a moment with its offset (`2026-11-21T10:00:00Z`)'

const FROM = { kind: 'moment', edge: 'from', description: `From when on: ${MOMENT}.` } as const
const TO = {
  kind: 'moment',
  edge: 'to',
  description: `Until when: ${MOMENT}. A date includes its whole day, a moment is not included.`,
} as const

/** Of the costs of today. */
export const TODAY_PARAMS = {
  by: {
    kind: 'choice',
    choices: GROUPED_BY,
    description: 'Groups, the dearest first. `model` is the target, `instance/model`.',
  },
  interval: {
    kind: 'choice',
    choices: ['hour', 'day'],
    description: 'A series, oldest first, without gaps.',
  },
  baseline: {
    kind: 'text',
    description:
      'The model that savings are reckoned against, `instance/model`: each answered call, priced with its own tokens. ' +
      'Without it, the router’s `baseline`.',
  },
} as const satisfies QueryParams

export const COSTS_PARAMS = {
  from: { ...FROM, description: `${FROM.description} Without it, 24 hours before \`to\`.` },
  to: { ...TO, description: `${TO.description} Without it, now.` },
  ...TODAY_PARAMS,
} as const satisfies QueryParams

const exactly = (what: string) => ({ kind: 'text', description: `Only calls with this ${what}.` }) as const

export const CALLS_PARAMS = {
  from: FROM,
  to: TO,
  model: { kind: 'text', description: 'Only calls with an attempt at this target, `instance/model`.' },
  provider: { kind: 'text', description: 'Only calls with an attempt at this provider.' },
  tier: exactly('tier'),
  task: exactly('task'),
  complexity: exactly('complexity'),
  user: exactly('user'),
  tenant: exactly('tenant'),
  route: exactly('route'),
  feature: exactly('feature'),
  outcome: { kind: 'choice', choices: OUTCOMES, description: 'Only calls that ended so.' },
  before: { kind: 'cursor', description: 'The next page: `next` of the page before it.' },
  limit: {
    kind: 'count',
    min: 1,
    max: 500,
    fallback: 50,
    description: 'Calls of a page: 1 to 500, 50 without it.',
  },
} as const satisfies QueryParams

export const EXPORT_PARAMS = {
  format: {
    kind: 'choice',
    choices: ['csv', 'jsonl'],
    description: 'CSV (RFC 4180), or a JSON text in each line. Without it, CSV.',
  },
  from: { ...FROM, description: `${FROM.description} Without it, from the oldest row on.` },
  to: { ...TO, description: `${TO.description} Without it, until now.` },
} as const satisfies QueryParams

export const NO_PARAMS = {} as const satisfies QueryParams
