/**
 * Where calls of a group are to be looked for. Rows lie by time, and who is rare among millions would have to be searched for
 * from the newest row to the oldest. The roll-ups know in which hours there is something of a group at all.
 */
import { sql } from 'kysely'
import { DIMENSIONS, type CallFilter, type CallQuery, type Dimension } from '../core/ledger-store.ts'
import { readHourStarts } from './sql-roll-ups.ts'
import { storableText } from './sql-row.ts'
import type { SqlLedger } from './sql-schema.ts'

export const HOUR_MS = 3_600_000
/** Hours that are asked for at a time. */
const HOURS_MAX = 64

export interface CallSpan {
  readonly fromMs: number
  readonly toMs: number
}

/** From the newest to the oldest; the calls of the query are in no other. */
export async function* callSpans(ledger: SqlLedger, query: CallQuery): AsyncGenerator<CallSpan> {
  const oldestMs = await oldestRow(ledger)
  if (oldestMs === undefined) return
  const fromMs = Math.max(query.fromMs ?? -Infinity, oldestMs)
  const toMs = Math.min(
    query.toMs ?? Number.MAX_SAFE_INTEGER,
    (query.before?.atMs ?? Number.MAX_SAFE_INTEGER - 1) + 1,
  )
  const group = groupOf(query)
  const firstHourMs = group === undefined ? undefined : await oldestHour(ledger)
  if (group === undefined || firstHourMs === undefined) return yield { fromMs, toMs }
  let endMs = toMs
  for (;;) {
    const time = {
      fromMs: Math.max(fromMs, firstHourMs) - HOUR_MS + 1,
      toMs: endMs + group.leadMs,
      limit: HOURS_MAX,
    }
    const starts = await readHourStarts(ledger, { ...group, ...time })
    yield* joined(starts, { fromMs, toMs: endMs, leadMs: group.leadMs })
    endMs = (starts.at(-1) ?? endMs) - group.leadMs
    if (starts.length < HOURS_MAX) break
  }
  // Rows may be kept for longer than hours.
  if (fromMs < firstHourMs) yield { fromMs, toMs: Math.min(toMs, firstHourMs) }
}

/** Hours that follow one another are one span. */
function joined(
  starts: readonly number[],
  { fromMs, toMs, leadMs }: CallSpan & Pick<Group, 'leadMs'>,
): CallSpan[] {
  const spans: CallSpan[] = []
  for (const startMs of starts) {
    const last = spans.at(-1)
    const span = { fromMs: Math.max(startMs - leadMs, fromMs), toMs: Math.min(startMs + HOUR_MS, toMs) }
    if (span.fromMs >= span.toMs) continue
    if (last !== undefined && span.toMs >= last.fromMs)
      spans[spans.length - 1] = { ...last, fromMs: Math.min(span.fromMs, last.fromMs) }
    else spans.push(span)
  }
  return spans
}

interface Group {
  readonly dimension: Dimension
  readonly value: string
  /** How long before its hour a call may have begun. */
  readonly leadMs: number
}

/** The one of the query's groups that is likely to have the fewest calls. */
function groupOf(filter: CallFilter): Group | undefined {
  for (const dimension of ['user', 'tenant', ...DIMENSIONS] as const) {
    const value = dimension === 'all' ? undefined : filter[dimension]
    // A call that asks another model an hour later has given up long ago.
    const leadMs = dimension === 'model' || dimension === 'provider' ? HOUR_MS : 0
    if (value !== undefined) return { dimension, value: storableText(value), leadMs }
  }
  return undefined
}

async function oldestRow({ db, tables }: SqlLedger): Promise<number | undefined> {
  const found = await db.selectFrom(tables.row).select('at_ms').orderBy('at_ms').limit(1).executeTakeFirst()
  return found === undefined ? undefined : Number(found.at_ms)
}

async function oldestHour({ db, tables }: SqlLedger): Promise<number | undefined> {
  const found = await db
    .selectFrom(tables.rollUp)
    .select('start_ms')
    .where(sql<boolean>`grain = 'hour' and dimension = 'all'`)
    .orderBy('start_ms')
    .limit(1)
    .executeTakeFirst()
  return found === undefined ? undefined : Number(found.start_ms)
}
