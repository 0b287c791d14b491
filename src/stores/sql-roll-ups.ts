/** Roll-ups as the database has them. */
import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely'
import {
  SUM_NAMES,
  type BaselineSum,
  type Dimension,
  type GroupTotal,
  type LedgerSums,
  type RollUp,
  type RollUpQuery,
  type RollUpSpan,
  type TotalsQuery,
} from '../core/ledger-store.ts'
import { keyOf, valueOfKey } from './sql-roll-up-values.ts'
import { LATENCY_COLUMNS, SUM_COLUMNS, type SqlLedger } from './sql-schema.ts'

const FIGURES: readonly string[] = [...SUM_COLUMNS, ...LATENCY_COLUMNS]

export async function readRollUps(ledger: SqlLedger, query: RollUpQuery): Promise<readonly RollUp[]> {
  const { grain, dimension } = query
  const { db, tables } = ledger
  const values = query.values?.map(keyOf)
  const where = { dimension, spans: [query], values }
  const found = await db
    .selectFrom(tables.rollUp)
    .select(['value', 'start_ms', ...FIGURES.map((column) => exact(sql.ref(column)).as(column))])
    .where(isWithin(ledger, where))
    .execute()
  const baselines = await db
    .selectFrom(tables.baseline)
    .select([
      'value',
      'start_ms',
      'name',
      exact(sql.ref('cost_nano_usd')).as('cost_nano_usd'),
      exact(sql.ref('answers_nano_usd')).as('answers_nano_usd'),
      exact(sql.ref('calls')).as('calls'),
    ])
    .where(isWithin(ledger, where))
    .execute()
  const baselinesOf = baselinesBy(baselines, (one) => `${one.start_ms} ${one.value}`)
  return found.map((record) => ({
    grain,
    dimension,
    startMs: Number(record.start_ms),
    value: valueOfKey(record.value),
    ...figuresOf(record),
    baselines: baselinesOf(`${record.start_ms} ${record.value}`),
  }))
}

export interface HourQuery {
  readonly dimension: Dimension
  readonly value: string
  readonly fromMs: number
  readonly toMs: number
  readonly limit: number
}

/** Hours that have anything of a group, the newest first: each hour that has anything is looked up, the newest first. */
export async function readHourStarts(
  { db, tables }: SqlLedger,
  { dimension, value, fromMs, toMs, limit }: HourQuery,
): Promise<readonly number[]> {
  const found = await db
    .selectFrom(`${tables.rollUp} as hour`)
    .select('start_ms')
    .where('grain', '=', 'hour')
    .where('dimension', '=', 'all')
    .where('start_ms', '>=', fromMs)
    .where('start_ms', '<', toMs)
    .where(
      sql<SqlBool>`exists (select 1 from ${sql.table(tables.rollUp)} as one where one.grain = 'hour'
        and one.dimension = ${dimension} and one.start_ms = hour.start_ms and one.value = ${value})`,
    )
    .orderBy('start_ms', 'desc')
    .limit(limit)
    .execute()
  return found.map(({ start_ms }) => Number(start_ms))
}

/** First which groups are the dearest, then all about those: there may be as many groups as users. */
export async function readTotals(ledger: SqlLedger, query: TotalsQuery): Promise<readonly GroupTotal[]> {
  const { dimension, spans, limit } = query
  if (spans.length === 0) return []
  const { db, tables } = ledger
  const dearest = await db
    .selectFrom(tables.rollUp)
    .select('value')
    .where(isWithin(ledger, { dimension, spans }))
    .groupBy('value')
    .orderBy(sql`sum(cost_nano_usd)`, 'desc')
    .orderBy(sql`sum(calls)`, 'desc')
    .orderBy('value')
    .limit(limit)
    .execute()
  const values = dearest.map(({ value }) => value)
  if (values.length === 0) return []
  const where = isWithin(ledger, { dimension, spans, values })
  const found = await db
    .selectFrom(tables.rollUp)
    .select(['value', ...FIGURES.map((column) => exact(sql`sum(${sql.ref(column)})`).as(column))])
    .where(where)
    .groupBy('value')
    .execute()
  const baselines = await db
    .selectFrom(tables.baseline)
    .select([
      'value',
      'name',
      exact(sql`sum(cost_nano_usd)`).as('cost_nano_usd'),
      exact(sql`sum(answers_nano_usd)`).as('answers_nano_usd'),
      exact(sql`sum(calls)`).as('calls'),
    ])
    .where(where)
    .groupBy(['value', 'name'])
    .execute()
  const baselinesOf = baselinesBy(baselines, ({ value }) => value)
  const records = new Map(found.map((record) => [record.value, record]))
  return values.flatMap((value) => {
    const record = records.get(value)
    if (record === undefined) return []
    return [{ value: valueOfKey(value), ...figuresOf(record), baselines: baselinesOf(value) }]
  })
}

interface Where {
  readonly dimension: string
  readonly spans: readonly RollUpSpan[]
  readonly values?: readonly string[] | undefined
}

/**
 * Some groups of a long time would mean to read all groups of it, because keys go by time first. But `all` has one roll-up
 * for each hour or day that has anything: with those the database can look each one up.
 */
function isWithin({ tables }: SqlLedger, { dimension, spans, values }: Where): RawBuilder<SqlBool> {
  const parts = spans.map(({ grain, fromMs, toMs }) => {
    const place = sql`grain = ${grain} and dimension = ${dimension}`
    const time = sql`start_ms >= ${fromMs} and start_ms < ${toMs}`
    if (values === undefined) return sql`(${place} and ${time})`
    const starts = sql`select start_ms from ${sql.table(tables.rollUp)} where grain = ${grain} and dimension = 'all' and ${time}`
    return sql`(${place} and start_ms in (${starts}) and value in (${sql.join(values)}))`
  })
  return parts.length === 0 || values?.length === 0
    ? sql<SqlBool>`1 = 0`
    : sql<SqlBool>`(${sql.join(parts, sql` or `)})`
}

/** A number in both databases: whole up to 2^53, which are nine million dollars, and rounded above instead of refused. */
function exact(expression: Expression<unknown>): RawBuilder<number> {
  return sql<number>`cast(${expression} as double precision)`
}

type Figures = Pick<RollUp, 'sums' | 'latencies'>

function figuresOf(record: object): Figures {
  const figures = record as Readonly<Record<string, unknown>>
  const numberOf = (column: string | undefined): number => Number(figures[column ?? ''] ?? 0)
  return {
    sums: Object.fromEntries(
      SUM_NAMES.map((name, index) => [name, numberOf(SUM_COLUMNS[index])]),
    ) as unknown as LedgerSums,
    latencies: LATENCY_COLUMNS.map(numberOf),
  }
}

interface BaselineRecord {
  readonly name: string
  readonly value: string
  readonly cost_nano_usd: number
  readonly answers_nano_usd: number
  readonly calls: number
}

function baselinesBy<R extends BaselineRecord>(
  records: readonly R[],
  keyOfRecord: (record: R) => string,
): (key: string) => readonly BaselineSum[] {
  const groups = Map.groupBy(records, keyOfRecord)
  return (key) =>
    (groups.get(key) ?? []).map(({ name, cost_nano_usd, answers_nano_usd, calls }) => ({
      name,
      costNanoUsd: cost_nano_usd,
      answersNanoUsd: answers_nano_usd,
      calls: calls,
    }))
}
