/** Rows and calls as the database has them: the newest calls, one call, everything for an export. */
import { sql, type SqlBool } from 'kysely'
import type { LedgerRow } from '../core/ledger-row.ts'
import type { CallFilter, CallQuery, LedgerCalls, RowQuery } from '../core/ledger-store.ts'
import { callSpans, HOUR_MS, type CallSpan } from './sql-call-spans.ts'
import { partsOfId, rowOf, storableText } from './sql-row.ts'
import { ROW_COLUMNS, type SqlLedger } from './sql-schema.ts'

const COLUMNS = ROW_COLUMNS.map(({ column }) => column)

export async function readCalls(ledger: SqlLedger, query: CallQuery): Promise<LedgerCalls> {
  const callIds = await newestCallIds(ledger, query)
  if (callIds.length === 0) return []
  const records = await ledger.db
    .selectFrom(ledger.tables.row)
    .select(COLUMNS)
    .where('call_id', 'in', callIds)
    .orderBy('call_id')
    .orderBy('attempt')
    .execute()
  const calls = Map.groupBy(records.map(rowOf), ({ callId }) => callId)
  return callIds.flatMap((callId) => {
    const rows = calls.get(callId)
    return rows === undefined ? [] : [rows]
  })
}

export async function readCall({ db, tables }: SqlLedger, callId: string): Promise<readonly LedgerRow[]> {
  const records = await db
    .selectFrom(tables.row)
    .select(COLUMNS)
    .where('call_id', '=', storableText(callId))
    .orderBy('attempt')
    .execute()
  return records.map(rowOf)
}

export async function readRows(
  { db, tables }: SqlLedger,
  { fromMs, toMs, after, limit }: RowQuery,
): Promise<readonly LedgerRow[]> {
  let query = db.selectFrom(tables.row).select(COLUMNS).where('at_ms', '>=', fromMs).where('at_ms', '<', toMs)
  if (after !== undefined) {
    const { callId, attempt = -1 } = partsOfId(after.id)
    query = query
      .where('at_ms', '>=', after.atMs)
      .where(sql<SqlBool>`(at_ms, call_id, attempt) > (${after.atMs}, ${storableText(callId)}, ${attempt})`)
  }
  const records = await query.orderBy('at_ms').orderBy('call_id').orderBy('attempt').limit(limit).execute()
  return records.map(rowOf)
}

async function newestCallIds(ledger: SqlLedger, query: CallQuery): Promise<readonly string[]> {
  const callIds: string[] = []
  for await (const span of callSpans(ledger, query)) {
    callIds.push(...(await callIdsIn(ledger, { ...query, ...span, limit: query.limit - callIds.length })))
    if (callIds.length >= query.limit) break
  }
  return callIds
}

/** By their first rows, which a call has one of: attempt 1, or 0 where it made none. */
async function callIdsIn({ db, tables }: SqlLedger, query: CallQuery & CallSpan): Promise<readonly string[]> {
  let heads = db
    .selectFrom(`${tables.row} as head`)
    .select('head.call_id')
    // As it stands in the conditions of the indexes.
    .where(sql<SqlBool>`attempt <= 1`)
    .where('at_ms', '>=', query.fromMs)
    .where('at_ms', '<', query.toMs)
  const hours = query.user === undefined ? [] : hoursOf(query)
  if (hours.length > 0) heads = heads.where(sql<SqlBool>`at_ms / 3600000 in (${sql.join(hours)})`)
  for (const [column, value] of wanted(query, OF_THE_CALL)) heads = heads.where(sql.ref(column), '=', value)
  const ofAttempts = wanted(query, OF_AN_ATTEMPT)
  if (ofAttempts.length > 0) {
    const conditions = ofAttempts.map(([column, value]) => sql`one.${sql.ref(column)} = ${value}`)
    heads = heads.where(
      sql<SqlBool>`exists (select 1 from ${sql.table(tables.row)} as one
        where one.call_id = head.call_id and ${sql.join(conditions, sql` and `)})`,
    )
  }
  if (query.before !== undefined) {
    const { atMs, id } = query.before
    const callId = storableText(partsOfId(id).callId)
    heads = heads.where('at_ms', '<=', atMs).where(sql<SqlBool>`(at_ms < ${atMs} or call_id < ${callId})`)
  }
  const found = await heads.orderBy('at_ms', 'desc').orderBy('call_id', 'desc').limit(query.limit).execute()
  return found.map(({ call_id }) => String(call_id))
}

/** Hours that are looked up in the index of users, each on its own. */
const HOURS_MAX = 128

/** Hours of UTC; none where there would be too many. */
function hoursOf({ fromMs, toMs }: CallSpan): number[] {
  const first = Math.floor(fromMs / HOUR_MS)
  const count = Math.ceil(toMs / HOUR_MS) - first
  return count > HOURS_MAX ? [] : Array.from({ length: count }, (_, index) => first + index)
}

type FilterName = Exclude<keyof CallFilter, 'fromMs' | 'toMs'>

/** The same in all rows of a call. */
const OF_THE_CALL: readonly (readonly [FilterName, string])[] = [
  ['tier', 'tier'],
  ['task', 'task'],
  ['complexity', 'complexity'],
  ['user', 'user_id'],
  ['tenant', 'tenant_id'],
  ['route', 'route'],
  ['feature', 'feature'],
  ['outcome', 'call_outcome'],
]

const OF_AN_ATTEMPT: readonly (readonly [FilterName, string])[] = [
  ['model', 'target'],
  ['provider', 'provider'],
]

function wanted(
  filter: CallFilter,
  names: readonly (readonly [FilterName, string])[],
): (readonly [column: string, value: string])[] {
  return names.flatMap(([name, column]) => {
    const value = filter[name]
    return value === undefined ? [] : [[column, storableText(value)] as const]
  })
}
