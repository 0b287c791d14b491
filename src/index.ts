/** express-llm: middleware that attaches `req.llm`, a cost-aware, observable router over many model providers. */
export { llm, type LlmMiddleware, type LlmRequest } from './middleware/llm.ts'
export { llmErrorHandler, type LlmErrorMiddleware, type LlmProblem } from './middleware/error-handler.ts'
export { openaiEndpoint, type OpenaiEndpoint } from './endpoints/openai-endpoint.ts'
export type { Authorize, Authorized, OpenaiEndpointOptions } from './endpoints/endpoint-options.ts'
export type { HintName } from './endpoints/hints.ts'
export { bearerKeys, type BearerKey } from './endpoints/bearer-keys.ts'
export { costApi, type CostApi } from './endpoints/cost-api.ts'
export type { CostApiOptions } from './endpoints/cost-api-options.ts'
export type { Admitted } from './endpoints/admit.ts'
export { dashboard, type Dashboard, type DashboardOptions } from './endpoints/dashboard.ts'
export { basicAuth } from './endpoints/basic-auth.ts'
export type { CloseOptions } from './surface/draining.ts'
export { createRouter, type Router } from './surface/router.ts'
export type { Llm, LlmEmbeddingParams } from './surface/llm.ts'
export type {
  LlmChatParams,
  LlmCompletions,
  LlmStreamHelperParams,
  LlmStreamParams,
} from './surface/completions.ts'
export type { LlmStream } from './surface/llm-stream.ts'
export type { LlmChatStream } from './surface/stream-helper.ts'
export type { CallOptions } from './router/call-options.ts'
export type { CallPlan } from './surface/call-plan.ts'
export type { CallPromise } from './surface/call-promise.ts'
export type { BudgetOptions, UnpricedOptions } from './config/budget-options.ts'
export type { BudgetEvent, BudgetPer } from './core/budget.ts'
export type { FastestOptions, ProbeOptions, TaskOptions, TierOptions } from './config/choice-options.ts'
export type {
  AfterCut,
  ProviderOptions,
  ResponseHeaderOptions,
  RouterOptions,
  StreamOptions,
  TargetOptions,
  TelemetryOptions,
  TimeoutOptions,
  TransportOptions,
} from './config/options.ts'
export type { LedgerOptions } from './config/ledger-options.ts'
export { memoryLedger } from './stores/memory-ledger.ts'
export type { MemoryLedgerOptions } from './stores/memory-ledger-options.ts'
export { LedgerError, type LedgerErrorCode } from './core/ledger-error.ts'
export { type LedgerStore } from './core/ledger-store.ts'
export type { LedgerRow } from './core/ledger-row.ts'
export type { Purpose } from './core/purpose.ts'
export { memoryState } from './shared/memory-state.ts'
export type { OnStoreError, SharedState } from './core/shared-state.ts'
export type {
  HealthOptions,
  HedgeOptions,
  LimitOptions,
  RetryOptions,
  SheddingOptions,
} from './config/resilience-options.ts'
export type {
  BudgetReport,
  BudgetsReport,
  CallAttempt,
  CallDetail,
  CallEntry,
  CallsReport,
  CostFigures,
  CostsGroup,
  CostsPoint,
  CostsReport,
  HealthReport,
  LedgerHealth,
  Savings,
} from './core/costs.ts'
export type {
  CallsQuery,
  CostsBy,
  CostsMoment,
  CostsQuery,
  CostsTodayQuery,
  ExportQuery,
} from './core/report-query.ts'
export type { CostStatus } from './core/money.ts'
export { LlmError, type LlmErrorCode } from './core/llm-error.ts'
export type { CircuitState, CooldownCause, HealthChange, TargetHealthReport } from './core/target-health.ts'
export type { LimitReport } from './resilience/limits.ts'
export type { FailureKind } from './core/failure-kind.ts'
export type { AttemptReport, CallReport, CallSummary } from './core/report.ts'
export type { Caller } from './core/caller.ts'
export type { AppRequest, AppResponse, Identify } from './core/identify.ts'
export type { Clock, Random } from './core/clock.ts'
export type { Logger } from './core/logger.ts'
export type { Capabilities, PriceTable, Skip } from './core/target.ts'
