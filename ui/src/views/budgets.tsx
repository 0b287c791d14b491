import type { BudgetReport, BudgetsReport, CostsReport } from '../../../src/core/costs.ts'
import { burnDown, burnQuery, projectionOf } from '../data/burn-down.ts'
import { pathWith } from '../data/fetch-report.ts'
import { useReport } from '../data/use-report.ts'
import type { Tone } from '../data/words.ts'
import { formatPercent } from '../format/numbers.ts'
import { formatDuration, formatMoment } from '../format/times.ts'
import { formatUsd } from '../format/usd.ts'
import { Pill } from '../parts/pill.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { ProblemBanner, ProblemPanel, StatePanel } from '../parts/state-panel.tsx'
import { BurnDownChart } from './burn-down-chart.tsx'
import type { ViewProps } from './view-context.ts'

/** Who may spend how much, how much of it is gone, and whether it lasts. */
export function Budgets(view: ViewProps) {
  const { data, problem } = useReport<BudgetsReport>('budgets')
  if (data === undefined) return problem === undefined ? <Loading /> : <ProblemPanel problem={problem} />
  return (
    <>
      {problem !== undefined && <ProblemBanner problem={problem} />}
      {data.budgets.length === 0 && <NoBudgets />}
      <ul class="budget-list">
        {data.budgets.map((budget) => (
          <Budget key={`${budget.budget} ${budget.value ?? ''}`} budget={budget} view={view} />
        ))}
      </ul>
      {data.isCut && <p class="note below">There are more; the emptiest are left out.</p>}
    </>
  )
}

function Loading() {
  return (
    <div class="budget-list" role="status" aria-label="Loading">
      {[0, 1, 2, 3].map((index) => (
        <Skeleton key={index} class="card-mid" />
      ))}
    </div>
  )
}

const EXAMPLE = `createRouter({
  budgets: {
    team: { per: 'tenant', window: 'month', limitUsd: 200 },
  },
})`

function NoBudgets() {
  return (
    <StatePanel icon="budgets" title="No budget has been used">
      <p>
        A budget says how much a user, tenant, route or everybody may spend in an hour, a day or a month. One
        appears here once its first call has been made.
      </p>
      <pre tabIndex={0} aria-label="Example">
        <code>{EXAMPLE}</code>
      </pre>
    </StatePanel>
  )
}

const STATES: Readonly<Record<BudgetReport['state'], { readonly label: string; readonly tone: Tone }>> = {
  ok: { label: 'OK', tone: 'good' },
  alert: { label: 'Alert', tone: 'warn' },
  degraded: { label: 'Degraded', tone: 'warn' },
  exceeded: { label: 'Used up', tone: 'bad' },
}

function Budget({ budget, view }: { readonly budget: BudgetReport; readonly view: ViewProps }) {
  const { nowMs } = view
  const query = burnQuery(budget, nowMs)
  const costs = useReport<CostsReport>(query === undefined ? undefined : pathWith('costs', query))
  const state = STATES[budget.state] ?? { label: budget.state, tone: 'quiet' }
  const projection = projectionOf(budget, nowMs)
  return (
    <li class="card budget">
      <header class="card-head">
        <div class="budget-name">
          <h2 class="clip" title={whose(budget)}>
            {whose(budget)}
          </h2>
          <p class="note">{`${budget.budget} · ${perWords(budget)} per ${budget.window}`}</p>
        </div>
        <div class="pills">
          {budget.isDryRun && (
            <Pill tone="busy" title="Counted, but nobody is stopped">
              Dry run
            </Pill>
          )}
          <Pill tone={state.tone}>{state.label}</Pill>
        </div>
      </header>
      <Fullness budget={budget} />
      <BurnDownChart
        budget={budget}
        points={burnDown(budget, costs.data, nowMs)}
        projection={projection}
        hasDetail={costs.data !== undefined}
      />
      <p class="note">{outlook(budget, nowMs)}</p>
    </li>
  )
}

function Fullness({ budget }: { readonly budget: BudgetReport }) {
  const { limitUsd, spentUsd, heldUsd, share } = budget
  const held = limitUsd > 0 ? heldUsd / limitUsd : 0
  const spentWidth = Math.min(1, share)
  return (
    <>
      <p class="budget-sum">
        <b>{formatUsd(spentUsd)}</b> of {formatUsd(limitUsd)}
        <span class="share">{formatPercent(share)}</span>
      </p>
      <div
        class={`meter ${STATES[budget.state]?.tone ?? 'quiet'}`}
        role="meter"
        aria-label={`Spent of ${whose(budget)}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.round(share * 100))}
        aria-valuetext={`${formatUsd(spentUsd)} of ${formatUsd(limitUsd)}, ${formatPercent(share)}`}
      >
        <span class="spent" style={{ width: `${spentWidth * 100}%` }} />
        <span class="held" style={{ width: `${Math.max(0, Math.min(held, 1 - spentWidth)) * 100}%` }} />
      </div>
      <p class="note budget-held">
        {heldUsd > 0 ? `${formatUsd(heldUsd)} reserved by calls under way` : 'nothing reserved'}
      </p>
    </>
  )
}

function whose({ per, value, budget }: BudgetReport): string {
  if (value !== null) return value
  return per === 'all' ? budget : `no ${per}`
}

function perWords({ per }: BudgetReport): string {
  return per === 'all' ? 'all calls' : `each ${per}`
}

/** Where it leads, in a sentence. */
function outlook(budget: BudgetReport, nowMs: number): string {
  const { limitUsd, spentUsd, timeZone } = budget
  const endMs = Date.parse(budget.endsAt)
  const end = `${formatMoment(endMs, timeZone)} ${timeZone}`
  const rest = formatDuration(Math.max(0, endMs - nowMs))
  const projection = projectionOf(budget, nowMs)
  if (spentUsd >= limitUsd) return `Nothing is left until it starts anew in ${rest} (${end}).`
  if (projection === undefined) return `It has just begun; it starts anew in ${rest} (${end}).`
  if (projection.emptyAtMs !== undefined)
    return `At this pace nothing is left in ${formatDuration(projection.emptyAtMs - nowMs)}, ${formatDuration(endMs - projection.emptyAtMs)} before it starts anew (${end}).`
  return `At this pace it comes to ${formatUsd(projection.usd)} (${formatPercent(projection.usd / limitUsd)}) by ${end}.`
}
