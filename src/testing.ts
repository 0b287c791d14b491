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
  type BrokenBodyFault,
  type BrokenConnectionFault,
  type CloseIdleFault,
  type ContentFilterFault,
  type ContextLengthFault,
  type ErrorStep,
  type FakeStep,
  type FakeStepLike,
  type FaultStep,
  type OversizedFault,
  type RawStep,
  type RedirectFault,
} from './testing/fake/step.ts'
export type { AnswerStep, FakeAnswer, FakeToolCall, StepOptions } from './testing/fake/answer-step.ts'
export type { FakeStreamUsage, StreamOptions } from './testing/fake/stream-options.ts'
export type {
  CutFault,
  MalformedFault,
  MidAnswerFault,
  StallFault,
  StreamErrorFault,
} from './testing/fake/mid-answer-fault.ts'
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
