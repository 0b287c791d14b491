import type { CostsReport, HealthReport } from '../../../src/core/costs.ts'
import type { Loaded } from '../data/use-report.ts'

/** What all views start from. */
export interface ViewProps {
  readonly timeZone: string
  readonly nowMs: number
  readonly today: CostsReport
  readonly health: Loaded<HealthReport>
}
