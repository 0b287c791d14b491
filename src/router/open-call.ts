import type { AfterCut } from '../config/options.ts'
import { CallAborted, type AbortCause } from '../core/abort.ts'
import type { OperationTypes } from '../core/adapter.ts'
import type { AttemptRecord } from '../core/attempt-record.ts'
import type { Caller } from '../core/caller.ts'
import type { InputEstimate } from '../core/input-estimate.ts'
import type { Plan } from '../core/plan.ts'
import type { CallBudgets } from '../budgets/call-budgets.ts'
import type { RequestPurse } from '../budgets/request-purse.ts'
import type { Settlement } from '../core/settlement.ts'
import type { Operation, Skip } from '../core/target.ts'
import { startTimer } from '../core/timer.ts'
import type { WaitFor } from '../resilience/wait-times.ts'
import type { CallTelemetry, RequestTelemetry } from '../telemetry/telemetry.ts'
import type { Intent, Work } from '../resilience/target-loads.ts'
import { createCallId } from './call-id.ts'
import type { CallOptions } from './call-options.ts'
import type { CommittedFacts } from './committed-facts.ts'
import type { RouterState } from './router-state.ts'

/** What a call knows of where it is made: inside an HTTP request, or outside of any. */
export interface CallBinding {
  /** The router's own call, which answers nobody. */
  readonly isOverhead: boolean
  /** Who is asking; the answer is the same for all calls of a request. */
  caller(): Caller | Promise<Caller>
  /** The Express route, as far as it is known by now. */
  route(): string | undefined
  /** HTTP method of the request; undefined outside a request. */
  readonly method: string | undefined
  /** Calls `listener` when the client goes away; returns how to stop listening. Undefined outside a request. */
  readonly onHangUp: ((listener: () => void) => () => void) | undefined
  readonly telemetry: RequestTelemetry | undefined
  /** What all calls of the request may cost together; absent outside a request, and where there is no ceiling. */
  readonly purse?: RequestPurse | undefined
  /** Told at the commit point of a streamed call, while response headers can still be set. */
  committed(facts: CommittedFacts): void
  /** Told once per call, when everything about it is known. */
  settled(settlement: Settlement): void
}

/** One use of a surface, as it came in. */
export interface CallInput<O extends Operation = Operation> {
  readonly operation: O
  readonly params: unknown
  readonly options: unknown
  readonly binding: CallBinding
  /** Hand the answer out while it arrives. */
  readonly isStreamed?: boolean
  /** Checks the params for this surface; a throw refuses the call. */
  readonly validate?: () => void
  /** Checks the answer of an attempt; a throw refuses it. */
  check?(answer: OperationTypes[O]['answer']): void | Promise<void>
}

/** A call under way. The one mutable thing in the router; it lives as long as its call. */
export interface OpenCall<O extends Operation = Operation> {
  readonly state: RouterState
  readonly operation: O
  readonly binding: CallBinding
  readonly callId: string
  readonly startedAtMs: number
  readonly startedMonotonicMs: number
  readonly records: AttemptRecord[]
  readonly skipped: Skip[]
  /** Attempts begun so far; the records are of those that have ended. */
  attemptsBegun: number
  /** Checks the answer of an attempt; a throw refuses it. */
  check?(answer: OperationTypes[O]['answer']): void | Promise<void>
  /** Is the answer handed out while it arrives? */
  readonly isStreamed: boolean
  /** Streamed: did the caller ask for the usage in the stream? */
  isUsageAsked: boolean
  afterCut: AfterCut
  /** Streamed: from the call's begin to its commit point, ms. */
  timeToFirstTokenMs: number | undefined
  retryWaitMs: number
  /** Known only once they are checked. */
  params: OperationTypes[O]['params'] | undefined
  options: CallOptions
  requestedModel: string | undefined
  /** Of what is sent; known once the params are. */
  inputEstimate: InputEstimate | undefined
  caller: Caller | undefined
  plan: Plan | undefined
  /** Known before the plan; undefined where no limit applies. */
  budgets: CallBudgets | undefined
  /** Until its first attempt; only where the load of targets decides. */
  intent: Intent | undefined
  /** Looked up once: when the call is planned, or refused before. */
  route: string | undefined
  telemetry: CallTelemetry | undefined
  ending: CallEnding | undefined
}

export function openCall<O extends Operation>(state: RouterState, input: CallInput<O>): OpenCall<O> {
  const startedAtMs = state.config.clock.now()
  return {
    state,
    operation: input.operation,
    binding: input.binding,
    callId: createCallId(startedAtMs),
    startedAtMs,
    startedMonotonicMs: state.config.clock.monotonic(),
    records: [],
    skipped: [],
    attemptsBegun: 0,
    ...(input.check === undefined ? {} : { check: (answer) => input.check?.(answer) }),
    isStreamed: input.isStreamed === true,
    isUsageAsked: false,
    afterCut: 'error',
    timeToFirstTokenMs: undefined,
    retryWaitMs: 0,
    params: undefined,
    options: {},
    requestedModel: undefined,
    inputEstimate: undefined,
    caller: undefined,
    plan: undefined,
    budgets: undefined,
    intent: undefined,
    route: undefined,
    telemetry: undefined,
    ending: undefined,
  }
}

/** What the caller waits for, before there is anything of an answer. */
export function waitFor({ isStreamed, afterCut }: OpenCall): WaitFor {
  return isStreamed && afterCut === 'error' ? 'begin' : 'whole'
}

/** What its attempts are measured as. */
export function workOf(call: OpenCall): Work {
  return call.operation === 'embeddings' ? call.operation : waitFor(call)
}

/** The one signal that ends a call, whoever wants it to end. */
export interface CallEnding {
  /** Its reason is always an `LlmError`. */
  readonly signal: AbortSignal
  /** Time left until the deadline, ms. */
  remainingMs(): number
  /** Stops listening and clears the timer. */
  release(): void
}

/** Joins hang-up, the caller's signal, the deadline and the router's closing into one signal. */
export function joinEndings(call: OpenCall): CallEnding {
  const { config, underWay } = call.state
  const { signal: callerSignal, timeout, detached } = call.options
  const controller = new AbortController()
  const end = (cause: AbortCause): void => controller.abort(new CallAborted(cause))
  const deadlineMs = call.startedMonotonicMs + (timeout ?? config.timeouts.callMs)
  const remainingMs = (): number => deadlineMs - config.clock.monotonic()
  const stopTimer = startTimer(config.clock, remainingMs(), () => end('deadline'))
  const onSignal = (): void => controller.abort(new CallAborted('caller_signal', callerSignal?.reason))
  if (callerSignal?.aborted) onSignal()
  else callerSignal?.addEventListener('abort', onSignal, { once: true })
  const stopListening = detached ? undefined : call.binding.onHangUp?.(() => end('client_gone'))
  underWay.add(end)
  return {
    signal: controller.signal,
    remainingMs,
    release() {
      stopTimer()
      call.intent?.end()
      callerSignal?.removeEventListener('abort', onSignal)
      stopListening?.()
      underWay.delete(end)
    },
  }
}
