/** express-llm/testing: prove what your app does when providers answer, fail, stall or vanish, without any key. */
export {
  createFakeProvider,
  type FakeProvider,
  type FakeProviderServerOptions,
} from './testing/fake/provider.ts'
export { createFakeFetch, type FakeFetch } from './testing/fake/fetch.ts'
export type { FakeProviderOptions } from './testing/fake/options.ts'
export type { FakeControls } from './testing/fake/service.ts'
export type { FakeOutcome, FakeRequestRecord, FakeTotals } from './testing/fake/log.ts'
export type { FakeOperation, FakeRequest, FakeRequestBody } from './testing/fake/request.ts'
export type { FakePredicate } from './testing/fake/script.ts'
export { fakeTokensOf, type FakeUsage } from './testing/fake/usage.ts'
export {
  failing,
  type AnswerStep,
  type BrokenBodyFault,
  type BrokenConnectionFault,
  type CloseIdleFault,
  type ContentFilterFault,
  type ContextLengthFault,
  type ErrorStep,
  type FakeAnswer,
  type FakeStep,
  type FakeStepLike,
  type FakeToolCall,
  type FaultStep,
  type OversizedFault,
  type RawStep,
  type RedirectFault,
  type StepOptions,
} from './testing/fake/step.ts'
export type {
  CutFault,
  FakeStreamUsage,
  MalformedFault,
  MidAnswerFault,
  StallFault,
  StreamErrorFault,
  StreamOptions,
} from './testing/fake/stream-step.ts'
export { createTestRouter, type TestRouter, type TestRouterOptions } from './testing/test-router.ts'
export type { TestAnswers, TestAttempt } from './testing/test-targets.ts'
export {
  captureTelemetry,
  type CapturedTelemetry,
  type CaptureOptions,
  type SpanProcessorLike,
} from './testing/captured-telemetry.ts'
export type {
  CapturedAttributes,
  CapturedEvent,
  CapturedMetric,
  CapturedSpan,
} from './testing/captured-telemetry-data.ts'
export { formatTrace, type SpanTree } from './testing/trace-tree.ts'
