import type { CostsReport } from '../../../src/core/costs.ts'
import { costsBeforePath, costsPath } from '../data/costs-paths.ts'
import { place, range } from '../data/navigation.ts'
import { STACK_BYS } from '../data/stack-series.ts'
import { useReport } from '../data/use-report.ts'
import { Skeleton } from '../parts/skeleton.tsx'
import { ProblemBanner, ProblemPanel } from '../parts/state-panel.tsx'
import { KeyFigures } from './key-figures.tsx'
import { CallsCard, LatencyCard, SpendCard } from './overview-charts.tsx'
import { NothingYet } from './nothing-yet.tsx'
import { TokensCard, WorthCard } from './worth-cards.tsx'
import type { ViewProps } from './view-context.ts'

/** Who spent what, and was it worth it, at a glance. */
export function Overview(view: ViewProps) {
  const by = STACK_BYS.find((each) => each === place.value.params['by']) ?? 'model'
  const costs = useReport<CostsReport>(costsPath(range.value, view, { by, isSeries: true }))
  const before = useReport<CostsReport>(costsBeforePath(range.value, view))
  const { data, problem, isStale } = costs
  if (data === undefined) return problem === undefined ? <Loading /> : <ProblemPanel problem={problem} />
  const isNothing = data.total.calls === 0 && data.total.attempts === 0
  return (
    <>
      {problem !== undefined && <ProblemBanner problem={problem} />}
      {isNothing ? (
        <NothingYet />
      ) : (
        <>
          <KeyFigures
            report={data}
            before={before.isStale ? undefined : before.data}
            today={view.today}
            isStale={isStale}
          />
          <SpendCard report={data} by={by} view={view} isStale={isStale} />
          <div class="columns">
            <CallsCard report={data} view={view} isStale={isStale} />
            <LatencyCard report={data} view={view} isStale={isStale} />
          </div>
          <div class="columns">
            <WorthCard report={data} isStale={isStale} />
            <TokensCard report={data} isStale={isStale} />
          </div>
        </>
      )}
    </>
  )
}

function Loading() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton class="figures-high" />
      <Skeleton class="card-high" />
      <div class="columns">
        <Skeleton class="card-mid" />
        <Skeleton class="card-mid" />
      </div>
    </div>
  )
}
