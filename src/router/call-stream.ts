import { CallAborted } from '../core/abort.ts'
import { AttemptError, type AttemptFailure } from '../core/attempt-failure.ts'
import { toMicroseconds } from '../core/clock.ts'
import { LlmError } from '../core/llm-error.ts'
import type { Settlement } from '../core/settlement.ts'
import type { StreamPart } from '../core/provider-stream.ts'
import type { CallReport } from '../core/report.ts'
import { withoutUsage } from '../streams/hidden-usage.ts'
import type { PartReader } from '../streams/part-reader.ts'
import { createWatchdog, type Watchdog } from '../streams/watchdog.ts'
import { streamInterrupted } from './call-error.ts'
import type { CommittedFacts } from './committed-facts.ts'
import { finishCall } from './finish.ts'
import { writeInTransaction } from './in-transaction.ts'
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
  /** Says that somebody is still busy with the parts that were read last, so that the stream is not abandoned. */
  keep(): void
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
  /** Set where it is written into the app's transaction, which it does not end before. */
  #written: Promise<void> | undefined
  #isSettled = false
  #isReading = false
  /** Has the reader left a finished answer, whose usage is still waited for? */
  #isLeft = false
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
    this.keep()
    if (held.length > 0) return held
    while (!this.#isSettled && !this.#isLeft) {
      const parts = this.#visible(await this.#next())
      if (parts.length > 0) return parts
    }
    await this.#written
    if (this.#error !== undefined) throw this.#error
    this.#isRead = true
    return undefined
  }

  keep(): void {
    if (!this.#isSettled && !this.#isReading) this.#expectReader()
  }

  stop(): void {
    this.#held = []
    const message = `the stream of ${this.#attempt.target.instance} was left by its reader`
    this.#leave({ kind: 'cancelled', code: 'reader_stopped', wasSent: true, message })
    // Who reads on must not take what was dropped for the answer's end.
    if (!this.#isRead) this.#error ??= new CallAborted('reader_stopped')
  }

  /**
   * The next parts as they come; none when the stream has ended, which settles the call. Going on at another target after
   * a cut, with the text so far as a prefill, would begin here.
   */
  async #next(): Promise<readonly StreamPart[]> {
    this.#abandoned.rest()
    this.#isReading = true
    try {
      const parts = await this.#attempt.read()
      if (this.#attempt.isComplete) this.#settle(undefined)
      else this.#expectReader()
      return parts ?? []
    } catch (thrown) {
      this.#settle(thrown)
      return []
    } finally {
      this.#isReading = false
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
    this.#error = new CallAborted('abandoned')
    this.#leave({ kind: 'abandoned', code: 'abandoned', wasSent: true, message })
  }

  /** A finished answer is complete though its reader leaves it for the usage that follows: that is read for the bill. */
  #leave(failure: AttemptFailure): void {
    if (this.#isLeft) return
    if (this.#isReading || !this.#attempt.progress.isFinished) return this.#attempt.interrupt(failure)
    this.#isLeft = true
    void this.#readOut()
  }

  async #readOut(): Promise<void> {
    while (!this.#isSettled) await this.#next()
  }

  /** @param thrown why it ended before its end; undefined when it is complete */
  #settle(thrown: unknown): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#abandoned.close()
    const call = this.#call
    const error = thrown === undefined ? undefined : this.#errorOf(this.#attempt.fail(thrown))
    if (error === undefined) this.#attempt.succeed()
    this.#error = error ?? this.#error
    const settlement = finishCall(call, error)
    const report = reportOf(settlement)
    if (this.#error !== undefined) this.#error.report = report
    this.#written = this.#write(settlement)
    if (this.#written === undefined) this.#ended(report)
    else void this.#written.then(() => this.#ended(report))
  }

  #ended(report: CallReport): void {
    this.#call.ending?.release()
    this.#tellReport(report)
  }

  /** Never rejects: what goes wrong is the stream's error, where it has none of its own. */
  #write(settlement: Settlement): Promise<void> | undefined {
    return writeInTransaction(this.#call, settlement)?.catch((error: unknown) => {
      if (error instanceof LlmError) this.#error ??= error
    })
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
    attemptCount: call.attemptsBegun,
    upstreamRequestId: stream.upstreamRequestId,
    head: stream.head,
  }
}
