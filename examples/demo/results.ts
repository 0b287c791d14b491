import type { CallReport } from 'express-llm'
import { formatTrace } from 'express-llm/testing'
import { callsTable, LEGEND } from './calls-table.ts'
import type { Exchange } from './client.ts'
import { sumOf, sumsTable } from './sums.ts'
import { dim, heading } from './table.ts'
import type { Tracing } from './tracing.ts'
import { dollarsInline, plural } from './words.ts'

/** Everything that the run has to show. */
export function printResults(exchanges: readonly Exchange[], tracing: Tracing): void {
  console.log(heading('The calls'))
  console.log(callsTable(exchanges))
  console.log(dim(LEGEND))
  printTrace(exchanges, tracing)
  console.log(heading('Cost per user'))
  console.log(sumsTable(exchanges, 'user'))
  console.log(heading('Cost per Express route'))
  console.log(sumsTable(exchanges, 'route'))
  console.log(heading('In all'))
  console.log(totals(exchanges))
}

function printTrace(exchanges: readonly Exchange[], tracing: Tracing): void {
  const report = mostTelling(exchanges.map(({ report }) => report))
  if (report === undefined) return
  console.log(heading(`One trace: ${report.route} for ${report.user}, answered by the fallback`))
  for (const tree of tracing.tree(report.traceId)) console.log(formatTrace(tree))
}

/** The call that fell back and took the most attempts. */
function mostTelling(reports: readonly CallReport[]): CallReport | undefined {
  const fallen = reports.filter(({ outcome }) => outcome === 'degraded')
  return fallen.sort((a, b) => b.attempts.length - a.attempts.length)[0]
}

function totals(exchanges: readonly Exchange[]): string {
  const { attempts, inputTokens, outputTokens, costNanoUsd, wastedNanoUsd, unpriced } = sumOf(exchanges)
  const answered = exchanges.filter(({ problem }) => problem === undefined)
  const fallen = answered.filter(({ report }) => report.outcome === 'degraded')
  return [
    `${plural(exchanges.length, 'request')}, ${answered.length} of them answered, ${fallen.length} by a fallback; ${plural(attempts, 'attempt')}.`,
    `${inputTokens} tokens in, ${outputTokens} out, for ${dollarsInline(costNanoUsd)}; ${dollarsInline(wastedNanoUsd)} of it bought nothing.`,
    ...(unpriced === 0
      ? []
      : [`The cost of ${plural(unpriced, 'call')} is unknown, not 0: their model has no known price.`]),
  ].join('\n')
}
