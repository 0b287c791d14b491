/** What of a router's telemetry is on; the `telemetry` options, complete. */
export interface TelemetryConfig {
  readonly enabled: boolean
  /** Names of the standard metrics: the newest, those of 1.41 (`gen_ai.client.token.usage` …), or both. */
  readonly semconv: 'latest' | 'v1.41' | 'both'
  /** Also write the drafted `gen_ai.usage.cost.*`. */
  readonly draftCost: boolean
  /** Put user, tenant and feature on the call's span. */
  readonly callerAttributes: boolean
}
