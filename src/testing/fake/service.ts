import { answerResponse, soundAnswer } from './answer.ts'
import type { AnswerContext } from './completion.ts'
import { errorResponse } from './error.ts'
import { faultResponse } from './fault.ts'
import type { FakeExchange, FakeRequestRecord, FakeTotals } from './log.ts'
import { createFakeLog } from './log.ts'
import type { FakeConfig } from './options.ts'
import { createFakeRateLimit } from './rate-limit.ts'
import type { FakeRequest, RawFakeRequest } from './request.ts'
import { refuseKey, refuseRequest, tooLong } from './refusal.ts'
import { readFakeRequest } from './request.ts'
import type { FakeResponse } from './response.ts'
import { wholeFault } from './response.ts'
import type { FakePredicate } from './script.ts'
import { createFakeScript } from './script.ts'
import type { AnswerStep } from './answer-step.ts'
import type { FakeStep, FakeStepLike, FaultStep } from './step.ts'

/** What a test says to a fake provider, and what it can ask it. The same with a socket and in process. */
export interface FakeControls {
  /**
   * Appends steps, each used for one request; then it is as before.
   *
   * @throws LlmError `config_invalid` for a step that is none
   */
  script(steps: readonly FakeStepLike[]): void
  /** What is done with every request that no other step is for. */
  always(step: FakeStepLike): void
  /** What is done with requests that fit; wins over `script` and `always`. The first rule that fits decides. */
  when(predicate: FakePredicate, step: FakeStepLike): void
  /** Forgets steps, requests and totals, for the next test. */
  reset(): void
  /** Requests in the order in which they came, refused ones included; at most `requestsMax` of them. */
  readonly requests: readonly FakeRequestRecord[]
  /** Chat completions sent so far, and the tokens that they told. */
  readonly completions: FakeTotals
  /** Embedding answers sent so far, and the tokens that they told. */
  readonly embeddings: FakeTotals
  /** Resolves as soon as `count` requests have come in (answered or not). */
  waitFor(count: number): Promise<readonly FakeRequestRecord[]>
  /** Resolves as soon as a stream has sent `count` tokens (chunks with output), with its request. */
  waitForTokens(count: number): Promise<FakeRequestRecord>
  /** Resolves as soon as a client has gone away before its answer was complete, with that (first) request. */
  waitForClose(): Promise<FakeRequestRecord>
}

/** The whole behaviour of a fake provider, without any I/O. */
export interface FakeService extends FakeControls {
  /** Logs the request and decides what goes back; the caller acts it out and tells the exchange. */
  receive(raw: RawFakeRequest): { readonly exchange: FakeExchange; readonly response: FakeResponse }
  /** Logs a request that gets no answer, because its connection was doomed (`close-idle`). */
  drop(raw: RawFakeRequest): void
}

export function createFakeService(config: FakeConfig): FakeService {
  const script = createFakeScript(config.script)
  const log = createFakeLog(config.requestsMax)
  const respond = createResponder(config, (request) => script.next(request))

  function respondSafely(request: FakeRequest): FakeResponse {
    try {
      return respond(request)
    } catch (error) {
      // A function of the test threw; as an answer it shows up where the test looks, and the server lives on.
      return errorResponse({
        status: 500,
        code: 'fake_script_threw',
        message: `The fake's script threw: ${String(error)}`,
      })
    }
  }

  return {
    script: (steps) => script.add(steps),
    always: (step) => script.always(step),
    when: (predicate, step) => script.when(predicate, step),
    reset() {
      script.clear()
      log.clear()
    },
    requests: log.requests,
    get completions() {
      return log.totals('chat')
    },
    get embeddings() {
      return log.totals('embeddings')
    },
    waitFor: (count) => log.waitFor(count),
    waitForTokens: (count) => log.waitForTokens(count),
    waitForClose: () => log.waitForClose(),
    receive(raw) {
      const request = readFakeRequest(raw, Date.now())
      const exchange = log.begin(request)
      return { exchange, response: raw.body === undefined ? tooLong(config) : respondSafely(request) }
    },
    drop(raw) {
      const exchange = log.begin(readFakeRequest(raw, Date.now()))
      exchange.sent({ status: undefined, usage: undefined, isAnswer: false })
    },
  }
}

type Respond = (request: FakeRequest) => FakeResponse

function createResponder(
  config: FakeConfig,
  nextStep: (request: FakeRequest) => FakeStep | undefined,
): Respond {
  const limit =
    config.requestsPerMinute === undefined ? undefined : createFakeRateLimit(config.requestsPerMinute)
  let number = 0
  return (request) => {
    const refusal = refuseKey(request, config)
    if (refusal) return refusal
    if (request.operation === 'models') return modelList(config)
    const waitSeconds = limit?.take(request.receivedAtMs)
    if (waitSeconds !== undefined) return errorResponse({ status: 429, retryAfter: waitSeconds })
    const step = nextStep(request) ?? {}
    number += 1
    return withRequestId(respondTo({ request, config, number }, step), `req-${config.name}-${number}`)
  }
}

/** Acts out one step. Everything but an answer is done to any request, so that faults need no valid one. */
function respondTo(context: Omit<AnswerContext, 'step'>, step: FakeStep): FakeResponse {
  const { request, config } = context
  const delayMs = step.delayMs ?? latencyOf(request, config)
  if ('fault' in step) {
    return faultResponse(step, soundAnswer({ ...context, step: answerIn(step) }, delayMs))
  }
  if ('body' in step)
    return { ...wholeFault(step.body, { ...step, delayMs }), isAnswer: (step.status ?? 200) < 400 }
  if ('status' in step) return errorResponse({ ...step, delayMs })
  return refuseRequest(request, config) ?? answerResponse({ ...context, step }, delayMs)
}

/** The answer that a fault spoils: its own where it is one in the middle of an answer, else the provider's. */
function answerIn(step: FaultStep): AnswerStep {
  switch (step.fault) {
    case 'cut':
    case 'stall':
    case 'malformed':
    case 'stream-error':
      return step
    default:
      return { headers: step.headers ?? {} }
  }
}

function latencyOf(request: FakeRequest, { latencyMs }: FakeConfig): number {
  return typeof latencyMs === 'function' ? latencyMs(request) : latencyMs
}

function modelList({ models = [] }: FakeConfig): FakeResponse {
  const data = models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'fake' }))
  return { ...wholeFault({ object: 'list', data }), isAnswer: true }
}

function withRequestId(response: FakeResponse, id: string): FakeResponse {
  if (!('headers' in response)) return response
  return { ...response, headers: { 'x-request-id': id, ...response.headers } }
}
