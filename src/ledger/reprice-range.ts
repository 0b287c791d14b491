import { setImmediate as nextTurn } from 'node:timers/promises'
import type { BaselineSum, Dimension, LedgerStore } from '../core/ledger-store.ts'
import type { LedgerRow } from '../core/ledger-row.ts'
import { repriceRow, type Baseline } from './baseline.ts'
import type { HourRange } from '../core/roll-up-spans.ts'
import { valueOf } from './roll-up.ts'
import { wrongParam } from './wrong-param.ts'

/** Rows that are read one by one for one report: a few seconds of work. */
export const REPRICED_ROWS_MAX = 100_000
const PAGE_ROWS = 1_000

export interface Repricing {
  readonly range: HourRange
  readonly baseline: Baseline
  /** The groups that are asked for. */
  readonly by: Dimension
  /** Which point of the series a moment belongs to; undefined without a series. */
  readonly pointAt: (atMs: number) => number | undefined
  readonly signal: AbortSignal
}

/** Which sum: all of them, of a group, of a point, of a group at a point. */
export interface RepricedPlace {
  readonly point?: number | undefined
  readonly group?: { readonly value: string | undefined }
}

export interface Repriced {
  sumOf(place: RepricedPlace): BaselineSum
}

/**
 * What each answer in a time would have cost at another model, by its own tokens and the prices of its own day. Nothing is
 * stored of that, so every row is read.
 *
 * @throws LlmError `invalid_params` for more rows than `REPRICED_ROWS_MAX`
 */
export async function repriceRange(store: LedgerStore, repricing: Repricing): Promise<Repriced> {
  const { range, baseline, by, pointAt, signal } = repricing
  const sums = new Map<string, BaselineSum>()
  const add = (place: RepricedPlace, sum: BaselineSum): void => {
    const key = keyOf(place)
    sums.set(key, addedUp(sums.get(key), sum))
  }
  for await (const row of rowsIn(store, range, signal)) {
    const sum = baselineOf(row, baseline)
    if (sum === undefined) continue
    const point = pointAt(row.atMs)
    const group = { value: valueOf(row, by) }
    add({}, sum)
    add({ group }, sum)
    if (point === undefined) continue
    add({ point }, sum)
    add({ point, group }, sum)
  }
  const none = { name: baseline.name, costNanoUsd: 0, answersNanoUsd: 0, calls: 0 }
  return { sumOf: (place) => sums.get(keyOf(place)) ?? none }
}

function keyOf({ point, group }: RepricedPlace): string {
  return JSON.stringify([point ?? null, group === undefined ? [] : [group.value ?? null]])
}

function addedUp(before: BaselineSum | undefined, sum: BaselineSum): BaselineSum {
  if (before === undefined) return sum
  return {
    name: sum.name,
    costNanoUsd: before.costNanoUsd + sum.costNanoUsd,
    answersNanoUsd: before.answersNanoUsd + sum.answersNanoUsd,
    calls: before.calls + sum.calls,
  }
}

async function* rowsIn(store: LedgerStore, range: HourRange, signal: AbortSignal): AsyncGenerator<LedgerRow> {
  let after: LedgerRow | undefined
  for (let read = 0; !signal.aborted; read += PAGE_ROWS) {
    if (read >= REPRICED_ROWS_MAX) throw tooManyRows()
    const rows = await store.rows({ ...range, limit: PAGE_ROWS, ...(after === undefined ? {} : { after }) })
    yield* rows
    after = rows.at(-1)
    if (rows.length < PAGE_ROWS) return
    // A store may answer at once, from memory: others want to be served, too.
    await nextTurn()
  }
}

export function tooManyRows(): Error {
  return wrongParam(
    'baseline',
    `is not the configured one, so each call is priced again, and this time has more than ${REPRICED_ROWS_MAX} of them. ` +
      'Ask for a shorter time ("from", "to"), or configure it as the router’s "baseline"',
  )
}

/** Undefined for what answered nobody, and for what cannot be compared: one of the two costs is not known. */
function baselineOf(row: LedgerRow, { name, model }: Baseline): BaselineSum | undefined {
  const { costNanoUsd: answersNanoUsd } = row
  const isAnswered = row.isCall && (row.callOutcome === 'success' || row.callOutcome === 'degraded')
  if (!isAnswered || answersNanoUsd === undefined) return undefined
  const costNanoUsd = repriceRow(row, model)
  return costNanoUsd === undefined ? undefined : { name, costNanoUsd, answersNanoUsd, calls: 1 }
}
