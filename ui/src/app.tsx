import { useEffect, useRef } from 'preact/hooks'
import type { CostsReport, HealthReport } from '../../src/core/costs.ts'
import { moment } from './data/clock.ts'
import type { Problem } from './data/fetch-report.ts'
import { place } from './data/navigation.ts'
import type { View } from './data/place.ts'
import { useReport } from './data/use-report.ts'
import { capitalized } from './data/words.ts'
import { LedgerBanner } from './parts/ledger-banner.tsx'
import { RangePicker } from './parts/range-picker.tsx'
import { ShortcutsDialog } from './parts/shortcuts-dialog.tsx'
import { Sidebar } from './parts/sidebar.tsx'
import { Skeleton } from './parts/skeleton.tsx'
import { ProblemBanner, ProblemPanel } from './parts/state-panel.tsx'
import { Breakdown } from './views/breakdown.tsx'
import { Budgets } from './views/budgets.tsx'
import { Calls } from './views/calls.tsx'
import { Overview } from './views/overview.tsx'
import { Providers, ProvidersNow } from './views/providers.tsx'
import type { ViewProps } from './views/view-context.ts'

const VIEWS: Readonly<Record<View, (props: ViewProps) => preact.JSX.Element>> = {
  overview: Overview,
  breakdown: Breakdown,
  budgets: Budgets,
  providers: Providers,
  calls: Calls,
}

/** @param title what the app is called */
export function App({ title }: { readonly title: string }) {
  // Everything else needs its time zone, and whether we are let in at all.
  const today = useReport<CostsReport>('costs/today')
  const health = useReport<HealthReport>('health')
  const { view } = place.value
  useEffect(() => {
    document.title = `${capitalized(view)} · ${title}`
  }, [view, title])
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the figures
      </a>
      <Sidebar title={title} ledger={health.data?.ledger} timeZone={today.data?.timeZone} />
      <main id="main" tabIndex={-1}>
        <div class="page-head">
          <Heading view={view} />
          {today.data !== undefined && view !== 'budgets' && <RangePicker timeZone={today.data.timeZone} />}
        </div>
        <LedgerBanner ledger={health.data?.ledger} />
        {today.data === undefined ? (
          <First problem={today.problem} view={view} />
        ) : (
          <ViewOf
            view={view}
            timeZone={today.data.timeZone}
            nowMs={moment.value}
            today={today.data}
            health={health}
          />
        )}
      </main>
      <ShortcutsDialog />
    </>
  )
}

/** Hashes are places here: to go to the figures must not leave the place. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

/** Gets the focus when the view changes, so that who cannot see it hears it. */
function Heading({ view }: { readonly view: View }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const shown = useRef(view)
  useEffect(() => {
    if (shown.current !== view) heading.current?.focus({ preventScroll: true })
    shown.current = view
    scrollTo(0, 0)
  }, [view])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {capitalized(view)}
    </h1>
  )
}

interface FirstProps {
  readonly problem: Problem | undefined
  readonly view: View
}

function First({ problem, view }: FirstProps) {
  if (problem?.kind === 'unavailable' && view === 'providers')
    return (
      <>
        <ProblemBanner problem={problem} shown="What is shown is what this process knows." />
        <ProvidersNow groups={[]} />
      </>
    )
  if (problem !== undefined) return <ProblemPanel problem={problem} />
  return (
    <div role="status" aria-label="Loading">
      <Skeleton class="figures-high" />
      <Skeleton class="card-high" />
    </div>
  )
}

function ViewOf({ view, ...props }: ViewProps & { readonly view: View }) {
  const Shown = VIEWS[view]
  return <Shown {...props} />
}
