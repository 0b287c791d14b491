/** What is added to roll-ups, as values of columns. */
import { SUM_NAMES, type RollUp } from '../core/ledger-store.ts'
import { storableText } from './sql-row.ts'

/** In the order of `ROLL_UP_KEY`, `SUM_COLUMNS` and `LATENCY_COLUMNS`. */
export function rollUpValues(rollUp: RollUp): (string | number)[] {
  return [...placeOf(rollUp), ...SUM_NAMES.map((name) => rollUp.sums[name]), ...rollUp.latencies]
}

/** In the order of `BASELINE_KEY` and `BASELINE_COLUMNS`. */
export function baselineValues(rollUp: RollUp): (string | number)[][] {
  return rollUp.baselines.map(({ name, costNanoUsd, answersNanoUsd, calls }) => [
    ...placeOf(rollUp),
    name,
    costNanoUsd,
    answersNanoUsd,
    calls,
  ])
}

function placeOf({ grain, dimension, startMs, value }: RollUp): (string | number)[] {
  return [grain, dimension, startMs, keyOf(value)]
}

/** Keys have no nulls; '' is as good as not known. */
export function keyOf(value: string | undefined): string {
  return storableText(value ?? '')
}

export function valueOfKey(value: string): string | undefined {
  return value === '' ? undefined : value
}
