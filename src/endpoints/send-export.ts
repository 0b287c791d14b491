import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'

export interface ExportedRows {
  readonly format: 'csv' | 'jsonl'
  readonly rows: AsyncIterableIterator<string>
  /** Stands in the name of the file. */
  readonly date: string
}

const TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/x-ndjson; charset=utf-8',
} as const

/**
 * Sends rows as a file, as fast as the client takes them. What fails before the first row is thrown; after it the connection
 * breaks, so that nobody takes a part for the whole.
 */
export async function sendExport(
  req: IncomingMessage,
  res: ServerResponse,
  { format, rows, date }: ExportedRows,
): Promise<void> {
  const first = await rows.next()
  res.setHeader('content-type', TYPES[format])
  res.setHeader('content-disposition', `attachment; filename="express-llm-${date}.${format}"`)
  if (req.method === 'HEAD' || res.closed) {
    await rows.return?.()
    res.end()
    return
  }
  await pipeline(startingWith(first, rows), res)
}

async function* startingWith(
  first: IteratorResult<string>,
  rest: AsyncIterableIterator<string>,
): AsyncGenerator<string> {
  try {
    if (first.done !== true) yield first.value
    yield* rest
  } finally {
    await rest.return?.()
  }
}
