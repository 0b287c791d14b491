/** `node bench/ledger/fill.ts <file> <rows>`: a ledger of the last 90 days, by the code that writes every ledger. */
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packRows } from '../../src/stores/packed-rows.ts'
import { openWriter } from '../../src/stores/sqlite-writer.ts'
import { createRowMaker } from './rows.ts'

export const FILLED_DAYS = 90
const HOUR_MS = 3_600_000

export interface Filled {
  /** Where it ends: the present of whoever asks, ms. */
  readonly nowMs: number
}

export async function fillLedger(
  file: string,
  rows: number,
  progress: (text: string) => void,
): Promise<Filled> {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
  const writer = await openWriter({
    role: 'write',
    file: resolve(file),
    tablePrefix: 'llm_',
    busyTimeoutMs: 5_000,
    timeZone: 'UTC',
  })
  const hours = FILLED_DAYS * 24
  // It ends at noon, so that there is half a day of today.
  const nowMs = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - 12 * HOUR_MS
  const maker = createRowMaker(1)
  let written = 0
  for (let hour = 0; hour < hours; hour += 1) {
    const fromMs = nowMs - (hours - hour) * HOUR_MS
    const count = Math.round(((hour + 1) * rows) / hours) - written
    writer.operations.append(packRows(maker.next(count, { fromMs, toMs: fromMs + HOUR_MS })))
    written += count
    if (hour % 216 === 215) progress(`${written} rows`)
  }
  writer.close()
  return { nowMs }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , file, rows = '1000000'] = process.argv
  if (file === undefined) throw new Error('which file?')
  await fillLedger(file, Number(rows), (text) => process.stderr.write(`${text}\n`))
}
