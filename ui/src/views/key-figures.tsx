import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { CostFigures, CostsReport } from '../../../src/core/costs.ts'
import { linkTo, range } from '../data/navigation.ts'
import { previousLabel } from '../data/range.ts'
import { failedCalls } from '../data/words.ts'
import { formatCount, formatPercent, formatShare, plural } from '../format/numbers.ts'
import { costNote, formatCost, formatUsd } from '../format/usd.ts'

interface KeyFiguresProps {
  readonly report: CostsReport
  /** The time before, once it is known. */
  readonly before: CostsReport | undefined
  readonly today: CostsReport
  readonly isStale: boolean
}

let isMarked = false

/** For whoever measures: from here on the page can be used. */
function markInteractive(): void {
  if (!isMarked) performance.mark('interactive')
  isMarked = true
}

/** The numbers that somebody opens this page for. */
export function KeyFigures({ report, before, today, isStale }: KeyFiguresProps) {
  const { total } = report
  useEffect(markInteractive, [])
  return (
    <section class={isStale ? 'figures stale' : 'figures'} aria-label="Key figures" aria-busy={isStale}>
      <Figure
        label="Spend"
        isLead
        value={formatCost(total.costUsd, total.costStatus)}
        title={costNote(total.costStatus)}
      >
        <Change now={total.costUsd} before={before?.total.costUsd} />
        <Unpriced total={total} />
      </Figure>
      <Figure
        label="Today"
        value={formatCost(today.total.costUsd, today.total.costStatus)}
        title={costNote(today.total.costStatus)}
      >
        {plural(today.total.calls, 'call')}
      </Figure>
      <Figure label="Calls" value={formatCount(total.calls)}>
        <Change now={total.calls} before={before?.total.calls} />
      </Figure>
      <Figure
        label="Average per call"
        value={formatCost(total.averageUsd, total.costStatus)}
        title={costNote(total.costStatus)}
      >
        {before?.total.averageUsd === undefined
          ? undefined
          : `${formatCost(before.total.averageUsd, before.total.costStatus)} before`}
      </Figure>
      <Savings report={report} />
      <Figure label="Wasted" value={formatUsd(total.wastedUsd)} title="Attempts whose answer was not used">
        {wastedNote(total)}
      </Figure>
      <Figure label="Without an answer" value={formatShare(failedCalls(total), total.calls)}>
        {`${formatCount(total.exhausted)} failed, ${formatCount(total.refused)} refused`}
      </Figure>
      <Figure label="Answered by a fallback" value={formatShare(total.degraded, total.calls)}>
        {plural(total.retries, 'retry', 'retries')}
        {total.hedges > 0 ? `, ${plural(total.hedges, 'hedge')}` : ''}
      </Figure>
    </section>
  )
}

interface FigureProps {
  readonly label: string
  readonly value: string
  readonly title?: string | undefined
  readonly isLead?: boolean
  readonly children?: ComponentChildren
}

function Figure({ label, value, title, isLead = false, children }: FigureProps) {
  return (
    <div class={isLead ? 'figure lead' : 'figure'}>
      <h2 class="figure-label">{label}</h2>
      <p
        class={value === 'unknown' ? 'figure-value unknown' : 'figure-value'}
        {...(title === undefined ? {} : { title })}
      >
        {value}
      </p>
      <p class="figure-note">{children}</p>
    </div>
  )
}

/** How much more or less than in the time before; no judgement: more may be what was wanted. */
function Change({ now, before }: { readonly now: number | undefined; readonly before: number | undefined }) {
  if (now === undefined || before === undefined || before === 0) return undefined
  const change = now / before - 1
  const than = previousLabel(range.value)
  if (Math.abs(change) < 0.0005) return <span>{`as ${than}`}</span>
  const arrow = change > 0 ? '↑' : '↓'
  const size = change > 9.995 ? `${(change + 1).toFixed(0)} ×` : formatPercent(Math.abs(change))
  return (
    <span title={`Compared with ${than}`}>
      <span aria-hidden="true">{arrow} </span>
      {size} <span class="sr">{change > 0 ? 'more' : 'less'}</span> vs {than}
    </span>
  )
}

function Unpriced({ total }: { readonly total: CostFigures }) {
  if (total.unpricedAttempts === 0) return undefined
  return (
    <a class="badge warn" href={linkTo('breakdown', { by: 'model', sort: 'unpriced' })}>
      {plural(total.unpricedAttempts, 'attempt')} unpriced
    </a>
  )
}

function Savings({ report }: { readonly report: CostsReport }) {
  const { savings } = report.total
  if (report.baseline === undefined || savings === undefined)
    return (
      <Figure label="Saved" value="–" title="Name a model to compare with: the option baseline of the router">
        no baseline model is named
      </Figure>
    )
  const share = savings.baselineUsd > 0 ? savings.savedUsd / savings.baselineUsd : undefined
  return (
    <Figure
      label={savings.savedUsd < 0 ? 'Spent more than the baseline' : 'Saved'}
      value={formatUsd(Math.abs(savings.savedUsd))}
    >
      <span class="clip" title={`Compared with all answers from ${report.baseline}`}>
        {share === undefined ? '' : `${formatPercent(Math.abs(share))} vs `}all at {report.baseline}
      </span>
    </Figure>
  )
}

function wastedNote({ wastedUsd, costUsd, failedAttempts }: CostFigures): string {
  const failed = plural(failedAttempts, 'failed attempt')
  return costUsd === undefined || costUsd === 0
    ? failed
    : `${formatShare(wastedUsd, costUsd)} of spend, ${formatCount(failedAttempts)} failed`
}
