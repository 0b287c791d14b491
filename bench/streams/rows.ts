import type { Row } from '../rows.ts'

/** One server that streams, measured at every pace. */
export interface StreamRow extends Row {
  /** The route that the load asks. */
  readonly path: string
}

/** Express that hands the provider's bytes through. */
export const STREAM_LIMIT_ROW = 'stream-limit'
/** Express that writes each chunk of the official client's stream. */
export const STREAM_BARE_ROW = 'stream-openai'
/** The routed stream that the promises are about. */
export const STREAM_PROMISED_ROW = 'stream-otel'

export const STREAM_ROWS: readonly StreamRow[] = [
  {
    name: STREAM_LIMIT_ROW,
    title: 'undici.request, its body piped',
    server: 'undici.ts',
    args: [],
    path: '/stream',
  },
  {
    name: STREAM_BARE_ROW,
    title: 'openai client, for await',
    server: 'openai.ts',
    args: [],
    path: '/stream',
  },
  {
    name: 'stream-routed',
    title: 'express-llm, no OTel SDK, pipe',
    server: 'routed.ts',
    args: ['none', 'undici'],
    path: '/stream',
  },
  {
    name: STREAM_PROMISED_ROW,
    title: 'express-llm, OTel SDK, pipe',
    server: 'routed.ts',
    args: ['discard', 'undici'],
    path: '/stream',
  },
  {
    name: 'stream-iterate',
    title: 'express-llm, OTel SDK, for await',
    server: 'routed.ts',
    args: ['discard', 'undici'],
    path: '/iterate',
  },
]
