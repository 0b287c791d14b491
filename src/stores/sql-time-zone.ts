/** Whose days the roll-ups go by. The ledger remembers it: everybody who writes goes by what it says there. */
import { sql } from 'kysely'
import { spanAt } from '../core/calendar.ts'
import { SUM_NAMES, type Grain } from '../core/ledger-store.ts'
import { readTotals } from './sql-roll-ups.ts'
import { BASELINE_COLUMNS, LATENCY_COLUMNS, SUM_COLUMNS, type SqlLedger } from './sql-schema.ts'

/**
 * Within the caller's transaction. In another zone than before, days are computed again from the hours that are kept; older
 * ones stay the days of the zone before, and hours begin where they did.
 */
export async function useTimeZone(ledger: SqlLedger, timeZone: string): Promise<void> {
  const { db, tables } = ledger
  const meta = await db
    .selectFrom(tables.meta)
    .select('value')
    .where('name', '=', 'time_zone')
    .executeTakeFirst()
  if (meta?.value === timeZone) return
  if (meta === undefined) {
    await db.insertInto(tables.meta).values({ name: 'time_zone', value: timeZone }).execute()
    return
  }
  await daysAgain(ledger, meta.value, timeZone)
  await db.updateTable(tables.meta).set({ value: timeZone }).where('name', '=', 'time_zone').execute()
}

async function daysAgain(ledger: SqlLedger, before: string, timeZone: string): Promise<void> {
  const { db, tables } = ledger
  const hours = await db
    .selectFrom(tables.rollUp)
    .select('start_ms')
    .where('grain', '=', 'hour')
    .where('dimension', '=', 'all')
    .orderBy('start_ms')
    .execute()
  const starts = hours.map(({ start_ms }) => Number(start_ms))
  const [firstMs] = starts
  if (firstMs === undefined) return
  const fixedMs = await fixedUntil(ledger, firstMs, before)
  const fromMs = fixedMs ?? spanAt('day', firstMs, before).startMs
  for (const table of [tables.rollUp, tables.baseline] as const) {
    await db.deleteFrom(table).where('grain', '=', 'day').where('start_ms', '>=', fromMs).execute()
  }
  const days = Map.groupBy(
    starts.filter((startMs) => startMs >= fromMs),
    // A day that begins before is a part of one: as part of it, it would stay with the next zone, and its hours count twice.
    (startMs) => Math.max(spanAt('day', startMs, timeZone).startMs, fixedMs ?? -Infinity),
  )
  for (const [dayMs, ofDay] of days) await addDay(ledger, dayMs, ofDay)
}

/** Name in the table of what the ledger is about: until when days are those of an earlier zone, whatever hours there are. */
const FIXED = 'days_fixed_until_ms'

/** The day that the first hour lies in stays when it has more than its hours: some of them are forgotten. */
async function fixedUntil(
  ledger: SqlLedger,
  firstHourMs: number,
  timeZone: string,
): Promise<number | undefined> {
  const { db, tables } = ledger
  const known = await db.selectFrom(tables.meta).select('value').where('name', '=', FIXED).executeTakeFirst()
  // Days before it hold more than hours tell, and hours of it are still kept.
  if (known !== undefined && Number(known.value) > firstHourMs) return Number(known.value)
  const { startMs, endMs } = spanAt('day', firstHourMs, timeZone)
  const sumsOf = async (grain: Grain) => {
    const spans = [{ grain, fromMs: startMs, toMs: endMs }]
    return (await readTotals(ledger, { dimension: 'all', spans, limit: 1 }))[0]?.sums
  }
  const [ofDay, ofHours] = [await sumsOf('day'), await sumsOf('hour')]
  if (SUM_NAMES.every((name) => (ofDay?.[name] ?? 0) <= (ofHours?.[name] ?? 0))) return undefined
  await db.deleteFrom(tables.meta).where('name', '=', FIXED).execute()
  await db
    .insertInto(tables.meta)
    .values({ name: FIXED, value: String(endMs) })
    .execute()
  return endMs
}

async function addDay({ db, tables }: SqlLedger, dayMs: number, hours: readonly number[]): Promise<void> {
  const add = async (table: string, columns: readonly string[], groups: readonly string[]): Promise<void> => {
    const names = (list: readonly string[]) => sql.join(list.map((name) => sql.ref(name)))
    const sums = sql.join(columns.map((column) => sql`sum(${sql.ref(column)})`))
    const added = sql.join(
      columns.map(
        (column) => sql`${sql.ref(column)} = ${sql.ref(`kept.${column}`)} + ${sql.ref(`excluded.${column}`)}`,
      ),
    )
    await sql`
      insert into ${sql.table(table)} as kept (${names(['grain', 'start_ms', ...groups, ...columns])})
      select 'day', cast(${dayMs} as bigint), ${names(groups)}, ${sums} from ${sql.table(table)}
      where grain = 'hour' and start_ms in (${sql.join(hours)}) group by ${names(groups)}
      on conflict (${names(['grain', 'dimension', 'start_ms', 'value', ...groups.slice(2)])})
      do update set ${added}`.execute(db)
  }
  await add(tables.rollUp, [...SUM_COLUMNS, ...LATENCY_COLUMNS], ['dimension', 'value'])
  await add(tables.baseline, BASELINE_COLUMNS, ['dimension', 'value', 'name'])
}
