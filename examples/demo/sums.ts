import type { Exchange } from './client.ts'
import { table, type Cell, type Column } from './table.ts'
import { dollars, nanoUsdOf } from './words.ts'

/** What some calls used and cost together. */
export interface Sum {
  readonly calls: number
  readonly attempts: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** Of the calls with a known cost. */
  readonly costNanoUsd: number
  readonly wastedNanoUsd: number
  /** Calls whose cost nobody knows, in whole or in part. */
  readonly unpriced: number
}

export function sumOf(exchanges: readonly Exchange[]): Sum {
  const reports = exchanges.map(({ report }) => report)
  const total = (pick: (report: (typeof reports)[number]) => number | undefined): number =>
    reports.reduce((sum, report) => sum + (pick(report) ?? 0), 0)
  return {
    calls: exchanges.length,
    attempts: total(({ attempts }) => attempts.length),
    inputTokens: total(({ inputTokens }) => inputTokens),
    outputTokens: total(({ outputTokens }) => outputTokens),
    costNanoUsd: total(({ costUsd }) => nanoUsdOf(costUsd ?? 0)),
    wastedNanoUsd: total(({ wastedUsd }) => nanoUsdOf(wastedUsd ?? 0)),
    unpriced: reports.filter(({ costStatus }) => costStatus === 'unpriced' || costStatus === 'partial')
      .length,
  }
}

/** Sums by user, or by Express route: dearest first, and all together at the end. */
export function sumsTable(exchanges: readonly Exchange[], by: 'user' | 'route'): string {
  const names = new Set(exchanges.map(({ request }) => request[by]))
  const sums = [...names].map((name) => {
    return { name, sum: sumOf(exchanges.filter(({ request }) => request[by] === name)) }
  })
  sums.sort((a, b) => b.sum.costNanoUsd - a.sum.costNanoUsd)
  const rows = [...sums, { name: 'all', sum: sumOf(exchanges) }]
  return table(
    columns(by),
    rows.map(({ name, sum }) => rowOf(name, sum)),
  )
}

function columns(by: string): readonly Column[] {
  const numbers = ['calls', 'attempts', 'in', 'out', 'cost', 'of it wasted', 'unpriced calls']
  return [
    { title: by === 'route' ? 'Express route' : by, align: 'left' },
    ...numbers.map((title): Column => ({ title, align: 'right' })),
  ]
}

function rowOf(name: string, sum: Sum): readonly Cell[] {
  const isTotal = name === 'all'
  const texts = [
    name.padEnd(14),
    String(sum.calls),
    String(sum.attempts),
    String(sum.inputTokens),
    String(sum.outputTokens),
    // A sum of which nothing is known is not 0.
    sum.unpriced > 0 && sum.costNanoUsd === 0 ? 'unknown' : dollars(sum.costNanoUsd),
    dollars(sum.wastedNanoUsd),
    sum.unpriced === 0 ? '' : `${sum.unpriced}`,
  ]
  return texts.map((text) => (isTotal ? { text, style: 'bold' } : { text }))
}
