/** What is measured: one row per server under test, in the order of the table. */
export interface Row {
  readonly name: string
  /** What stands in the table. */
  readonly title: string
  /** File under `servers/`. */
  readonly server: string
  /** Arguments of the server, after the upstream's URL. */
  readonly args: readonly string[]
  /** Is it measured only where there is a Redis? */
  readonly needsRedis?: true
}

/** Express with `undici.request` doing nothing else. */
export const LIMIT_ROW = 'limit'
/** Express with the official client as it comes. */
export const BARE_ROW = 'openai'
/** The routed call that the promises are about. */
export const PROMISED_ROW = 'routed-otel'

/** The same limits, kept in memory and in Redis. */
export const LIMITED_ROW = 'limited'
export const SHARED_ROW = 'limited-redis'

export const ROWS: readonly Row[] = [
  { name: LIMIT_ROW, title: 'undici.request, nothing else', server: 'undici.ts', args: [] },
  { name: BARE_ROW, title: 'openai client', server: 'openai.ts', args: [] },
  { name: 'routed', title: 'express-llm, no OTel SDK', server: 'routed.ts', args: ['none', 'undici'] },
  {
    name: PROMISED_ROW,
    title: 'express-llm, OTel SDK',
    server: 'routed.ts',
    args: ['discard', 'undici'],
  },
  {
    name: 'routed-otlp',
    title: 'express-llm, OTel SDK, OTLP/protobuf',
    server: 'routed.ts',
    args: ['otlp', 'undici'],
  },
  {
    name: 'routed-fetch',
    title: "express-llm, transport 'fetch'",
    server: 'routed.ts',
    args: ['none', 'fetch'],
  },
  {
    name: LIMITED_ROW,
    title: 'express-llm, limits in memory',
    server: 'routed.ts',
    args: ['none', 'undici', 'limits'],
  },
  {
    name: SHARED_ROW,
    title: 'express-llm, limits in Redis',
    server: 'routed.ts',
    args: ['none', 'undici', 'limits'],
    needsRedis: true,
  },
]
