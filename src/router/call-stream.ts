import { CallAborted } from '../core/abort.ts'
import { AttemptError } from '../core/attempt-failure.ts'
import { toMicroseconds } from '../core/clock.ts'
import { LlmError } from '../core/llm-error.ts'
import type { StreamPart } from '../core/provider-stream.ts'
import type { CallReport } from '../core/report.ts'
import { withoutUsage } from '../streams/hidden-usage.ts'
import type { PartReader } from '../streams/part-reader.ts'
import { createWatchdog, type Watchdog } from '../streams/watchdog.ts'
import { streamInterrupted } from './call-error.ts'
import type { CommittedFacts } from './committed-facts.ts'
import { finishCall } from './finish.ts'
import type { OpenCall } from './open-call.ts'
import { reportOf } from './report.ts'
import type { StreamAttempt } from './stream-attempt.ts'

/** A streamed call after its commit point. It settles once: at its end, error, abort or `stop`, whichever comes first. */
export interface CallStream extends PartReader {
  readonly committed: CommittedFacts
  /** Does the call go on when the client has gone (`detached: true`)? */
  readonly isDetached: boolean
  /** How the call went, as soon as it has settled, however it ended. Never rejects. */
  readonly report: Promise<CallReport>
}

export class CommittedStream implements CallStream {
  readonly committed: CommittedFacts
  readonly isDetached: boolean
  readonly report: Promise<CallReport>
  readonly #call: OpenCall<'chat'>
  readonly #attempt: StreamAttempt
  readonly #abandoned: Watchdog
  readonly #tellReport: (report: CallReport) => void
  #held: readonly StreamPart[]
  #error: LlmError | undefined
  #isSettled = false
  /** Has the reader got everything? */
  #isRead = false

  /** @param held what has come before the commit point */
  constructor(call: OpenCall<'chat'>, attempt: StreamAttempt, held: readonly StreamPart[]) {
    this.#call = call
    this.#attempt = attempt
    this.#held = held
    this.isDetached = call.options.detached === true
    this.committed = factsOf(call, attempt)
    const { promise, resolve } = Promise.withResolvers<CallReport>()
    this.report = promise
    this.#tellReport = resolve
    const { clock } = call.state.config
    call.timeToFirstTokenMs = toMicroseconds(clock.monotonic() - call.startedMonotonicMs)
    this.#abandoned = createWatchdog(
      () => clock.monotonic(),
      () => this.#abandon(),
    )
    call.binding.committed(this.committed)
    attempt.onInterrupt = (failure) => this.#settle(new AttemptError(failure))
    if (attempt.isComplete) this.#settle(undefined)
    else if (attempt.interruption !== undefined) this.#settle(new AttemptError(attempt.interruption))
    else this.#expectReader()
  }

  async read(): Promise<readonly StreamPart[] | undefined> {
    const held = this.#visible(this.#held)
    this.#held = []
    if (held.length > 0) return held
    while (!this.#isSettled) {
      const parts = this.#visible(await this.#next())
      if (parts.length > 0) return parts
    }
    if (this.#error !== undefined) throw this.#error
    this.#isRead = true
    return undefined
  }

  stop(): void {
    this.#held = []
    const message = `the stream of ${this.#attempt.target.instance} was left by its reader`
    this.#attempt.interrupt({ kind: 'cancelled', code: 'reader_stopped', wasSent: true, message })
    // Who reads on must not take what was dropped for the answer's end.
    if (!this.#isRead) this.#error ??= new CallAborted('reader_stopped')
  }

  /** The next parts as they come; none when the stream has ended, which settles the call. */
  async #next(): Promise<readonly StreamPart[]> {
    this.#abandoned.rest()
    try {
      const parts = await this.#attempt.read()
      if (this.#attempt.isComplete) this.#settle(undefined)
      else this.#expectReader()
      return parts ?? []
    } catch (thrown) {
      this.#settle(thrown)
      return []
    }
  }

  #visible(parts: readonly StreamPart[]): readonly StreamPart[] {
    return this.#call.isUsageAsked ? parts : withoutUsage(parts)
  }

  #expectReader(): void {
    this.#abandoned.expect(this.#call.state.config.timeouts.abandonedMs)
  }

  #abandon(): void {
    const message = `nobody read the stream of ${this.#attempt.target.instance}`
    this.#attempt.interrupt({ kind: 'abandoned', code: 'abandoned', wasSent: true, message })
  }

  /** @param thrown why it ended before its end; undefined when it is complete */
  #settle(thrown: unknown): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#abandoned.close()
    const call = this.#call
    if (thrown === undefined) this.#attempt.succeed()
    else this.#error = this.#errorOf(this.#attempt.fail(thrown))
    const settlement = finishCall(call, this.#error)
    call.ending?.release()
    const report = reportOf(settlement, call.telemetry?.traceId)
    if (this.#error !== undefined) this.#error.report = report
    this.#tellReport(report)
  }

  #errorOf({ failure }: AttemptError): LlmError {
    if (failure.kind === 'abandoned') return new CallAborted('abandoned')
    if (failure.kind !== 'cancelled') return streamInterrupted(failure)
    const reason: unknown = this.#call.ending?.signal.reason
    return reason instanceof LlmError ? reason : new CallAborted('reader_stopped')
  }
}

function factsOf(call: OpenCall, { target, stream }: StreamAttempt): CommittedFacts {
  return {
    callId: call.callId,
    target: target.id,
    tier: call.plan?.tier,
    attemptCount: call.records.length + 1,
    upstreamRequestId: stream.upstreamRequestId,
    head: stream.head,
  }
}
