import type { GaugeSource } from '../core/gauges.ts'
import type { HealthChange } from '../core/target-health.ts'
import type { Target } from '../core/target.ts'
import { SILENT_CALL, startCall, type CallStart, type CallTelemetry } from './call-telemetry.ts'
import { transitionLabels } from './circuit-metrics.ts'
import { createSafely } from './safely.ts'
import { createScope } from './scope.ts'
import { attachRequest, NO_REQUEST, type RequestTelemetry } from './server-span.ts'
import { OURS, STANDARD } from './semconv.ts'
import type { TelemetryConfig } from './telemetry-config.ts'

export type { CallStart, CallTelemetry } from './call-telemetry.ts'
export type { RequestTelemetry } from './server-span.ts'
export type { TelemetryConfig } from './telemetry-config.ts'

/** What a router shows of itself: spans and metrics through whatever OpenTelemetry SDK the app has registered. */
export interface Telemetry {
  /** Once per HTTP request, in the middleware: finds the request's server span. */
  attach(): RequestTelemetry
  /** Once per call, when it is planned or refused. */
  startCall(input: CallStart): CallTelemetry
  /** Shows how the router stands, until `close()`. Does not keep the source alive. */
  watch(source: GaugeSource): void
  /** Counts a change of a target's state. */
  healthChanged(target: Target, change: HealthChange): void
  /** Counts an operation on what processes share that failed. */
  storeFailed(why: 'timeout' | 'error'): void
  /** Counts a call that a budget refused, or would have. */
  budgetRejected(budget: string, isDryRun: boolean): void
  /** Adds what an attempt has cost above what a budget reserved for it, USD. */
  budgetOvershot(budget: string, usd: number): void
  /** Counts rows of the ledger. */
  ledgerRows(result: 'written' | 'dropped', count: number): void
  /** Counts a write of the ledger that failed. */
  ledgerWriteFailed(errorType: string): void
  /** Nothing is observed any more. Calls under way are recorded still. */
  close(): void
}

const SILENT: Telemetry = {
  attach: () => NO_REQUEST,
  startCall: () => SILENT_CALL,
  watch: () => undefined,
  healthChanged: () => undefined,
  storeFailed: () => undefined,
  budgetRejected: () => undefined,
  budgetOvershot: () => undefined,
  ledgerRows: () => undefined,
  ledgerWriteFailed: () => undefined,
  close: () => undefined,
}

/**
 * Creates a router's telemetry. It never throws, whatever the SDK does, and costs next to nothing while no SDK is
 * registered; one may be registered at any time.
 *
 * @param version of this package, for the scope of spans and metrics
 * @param onProblem told once per part that fails
 */
export function createTelemetry(
  config: TelemetryConfig,
  version: string,
  onProblem: (message: string) => void,
): Telemetry {
  if (!config.enabled) return SILENT
  const safely = createSafely(onProblem)
  const scope = createScope(config, version)
  const parts = { config, safely, scope }
  return {
    attach: () => safely('attach', () => attachRequest(safely), NO_REQUEST),
    startCall: (input) => safely('call start', () => startCall(parts, input), SILENT_CALL),
    watch: (source) => safely('gauges', () => scope.watch(source), undefined),
    healthChanged(target, change) {
      const count = (): void =>
        scope.instruments()?.circuitTransitions.add(1, transitionLabels(target, change))
      safely('health', count, undefined)
    },
    storeFailed(why) {
      const count = (): void => scope.instruments()?.sharedStateErrors.add(1, { [STANDARD.errorType]: why })
      safely('shared state', count, undefined)
    },
    budgetRejected(budget, isDryRun) {
      const labels = { [OURS.budgetName]: budget, [OURS.budgetIsDryRun]: isDryRun }
      safely('budgets', () => scope.instruments()?.budgetRejections.add(1, labels), undefined)
    },
    budgetOvershot(budget, usd) {
      const labels = { [OURS.budgetName]: budget }
      safely('budgets', () => scope.instruments()?.budgetOvershoot.add(usd, labels), undefined)
    },
    ledgerRows(result, rows) {
      const count = (): void => scope.instruments()?.ledgerRows.add(rows, { [OURS.ledgerResult]: result })
      safely('ledger', count, undefined)
    },
    ledgerWriteFailed(errorType) {
      const count = (): void =>
        scope.instruments()?.ledgerWriteFailures.add(1, { [STANDARD.errorType]: errorType })
      safely('ledger', count, undefined)
    },
    close: () => safely('gauges', () => scope.watch(undefined), undefined),
  }
}
