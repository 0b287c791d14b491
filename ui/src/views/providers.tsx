import type { CostsGroup, CostsReport, HealthReport } from '../../../src/core/costs.ts'
import type { CircuitState, TargetHealthReport } from '../../../src/core/target-health.ts'
import { costsPath } from '../data/costs-paths.ts'
import { linkTo, range } from '../data/navigation.ts'
import { rangeLabel } from '../data/range.ts'
import { stateWords } from '../data/target-words.ts'
import { useReport } from '../data/use-report.ts'
import { formatCount, formatPercent, formatShare } from '../format/numbers.ts'
import { formatDuration } from '../format/times.ts'
import { formatCost } from '../format/usd.ts'
import { Pill } from '../parts/pill.tsx'
import { LoadingRows } from '../parts/skeleton.tsx'
import { ProblemBanner, ProblemPanel, StatePanel } from '../parts/state-panel.tsx'
import type { ViewProps } from './view-context.ts'

/** How soon the health of targets is asked for again, ms. */
const POLL_MS = 5_000

/** Who is asked as usual, who is left alone, until when and why; and what each has done in the range. */
export function Providers(view: ViewProps) {
  const costs = useReport<CostsReport>(costsPath(range.value, view, { by: 'model' }))
  return <ProvidersNow groups={costs.data?.groups ?? []} />
}

/** Without the ledger, too: that they fail is then worth knowing all the more. */
export function ProvidersNow({ groups }: { readonly groups: readonly CostsGroup[] }) {
  const { data, problem } = useReport<HealthReport>('health', POLL_MS)
  if (data === undefined)
    return problem === undefined ? <LoadingRows count={6} /> : <ProblemPanel problem={problem} />
  return (
    <>
      {problem !== undefined && <ProblemBanner problem={problem} />}
      {data.targets.length === 0 ? (
        <StatePanel icon="providers" title="No target has been asked yet">
          <p>How targets are doing is known from the calls of this process, since it was started.</p>
        </StatePanel>
      ) : (
        <Targets targets={data.targets} groups={groups} />
      )}
    </>
  )
}

interface TargetsProps {
  readonly targets: readonly TargetHealthReport[]
  readonly groups: readonly CostsGroup[]
}

/** Those in trouble first. */
const ORDER: readonly CircuitState[] = ['open', 'half-open', 'recovering', 'closed']

function Targets({ targets, groups }: TargetsProps) {
  const trouble = ({ state, cooldown }: TargetHealthReport): number =>
    cooldown === undefined ? ORDER.indexOf(state) : 0
  const ordered = targets.toSorted((a, b) => trouble(a) - trouble(b) || a.target.localeCompare(b.target))
  const heading = `In the range “${rangeLabel(range.value)}”`
  return (
    <section class="card flush" aria-label="Targets">
      <div class="table-wrap" tabIndex={0} role="region" aria-label="Health of targets">
        <table class="table">
          <TargetsHead heading={heading} />
          <tbody>
            {ordered.map((target) => (
              <TargetRow
                key={target.target}
                target={target}
                figures={groups.find(({ key }) => key === target.target)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

const FIGURES = [
  ['Failing', 'Failed share of the latest attempts'],
  ['Under way', 'Attempts that have not ended'],
  ['Attempts', 'In the range'],
  ['Failed', 'Share of the attempts in the range'],
  ['p50', 'Half of the answers came within'],
  ['p95', '95 of 100 answers came within'],
  ['Spend', 'In the range'],
] as const

function TargetsHead({ heading }: { readonly heading: string }) {
  return (
    <thead>
      <tr class="spans">
        <td />
        <th scope="colgroup" colSpan={3}>
          Now, in this process
        </th>
        <th scope="colgroup" colSpan={5}>
          {heading}
        </th>
      </tr>
      <tr>
        <th scope="col">Target</th>
        <th scope="col">State</th>
        {FIGURES.map(([label, title]) => (
          <th key={label} scope="col" class="number" title={title}>
            {label}
          </th>
        ))}
      </tr>
    </thead>
  )
}

interface TargetRowProps {
  readonly target: TargetHealthReport
  readonly figures: CostsGroup | undefined
}

function TargetRow({ target, figures }: TargetRowProps) {
  const { label, tone, why } = stateWords(target)
  return (
    <tr>
      <th scope="row">
        <a class="clip" title={target.target} href={linkTo('calls', { model: target.target })}>
          {target.target}
        </a>
      </th>
      <td class="state">
        <Pill tone={tone}>{label}</Pill>
        {why !== undefined && <span class="note">{why}</span>}
      </td>
      <td class="number">{target.failureRate === undefined ? '–' : formatPercent(target.failureRate)}</td>
      <td class="number">{formatCount(target.inFlight)}</td>
      <td class="number">{figures === undefined ? '–' : formatCount(figures.attempts)}</td>
      <td class="number">
        {figures === undefined ? '–' : formatShare(figures.failedAttempts, figures.attempts)}
      </td>
      <td class="number">{figures?.latencyMs === undefined ? '–' : formatDuration(figures.latencyMs.p50)}</td>
      <td class="number">{figures?.latencyMs === undefined ? '–' : formatDuration(figures.latencyMs.p95)}</td>
      <td class="number">{figures === undefined ? '–' : formatCost(figures.costUsd, figures.costStatus)}</td>
    </tr>
  )
}
