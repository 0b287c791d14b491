/** One streamed attempt, from its request to its end: every wait has a limit, and its record is kept exactly once. */
import { AttemptError, type AttemptFailure } from '../core/attempt-failure.ts'
import { toMicroseconds } from '../core/clock.ts'
import type { ProviderStream, StreamPart } from '../core/provider-stream.ts'
import type { Target } from '../core/target.ts'
import { StreamProgress } from '../streams/progress.ts'
import { readAway } from '../streams/read-away.ts'
import { createWatchdog } from '../streams/watchdog.ts'
import { adapterFor, failureOf, sendOptions } from './attempt.ts'
import type { AdmittedStep } from './attempt-step.ts'
import { claim } from './contender.ts'
import { answerBegan, endAttempt, openAttempt, type OpenAttempt } from './open-attempt.ts'
import { waitFor, type OpenCall } from './open-call.ts'
import { streamLimits, type StreamLimits } from './stream-limits.ts'
import { streamUsage } from './stream-usage.ts'

/**
 * How long a finished answer is waited for to tell its usage, ms; its content is with the caller by then. Providers send
 * both at once; some never send `[DONE]` and leave the socket open, or keep it alive with comments.
 */
const TAIL_MS = 500

export class StreamAttempt {
  readonly progress: StreamProgress
  readonly target: Target
  readonly signal: AbortSignal
  /** Has the whole answer come? */
  isComplete = false
  /** Does the caller have a part of it? */
  isCommitted = false
  /** Told when somebody else than the reader has ended it. */
  onInterrupt: ((failure: AttemptFailure) => void) | undefined
  readonly #call: OpenCall<'chat'>
  readonly #open: OpenAttempt
  readonly #limits: StreamLimits
  readonly #watchdog
  #stream: ProviderStream | undefined
  #interruption: AttemptFailure | undefined
  #firstChunkMs: number | undefined
  #lastChunkMs: number | undefined
  #isEnded = false
  /** When the wait for the usage of a finished answer ends, ms since the begin. */
  #tailEndMs: number | undefined
  /** What the watchdog says when it is late. */
  #lateMessage = ''

  constructor(call: OpenCall<'chat'>, step: AdmittedStep) {
    this.#call = call
    this.progress = new StreamProgress(call.params?.n)
    this.target = step.target
    this.signal = step.signal
    this.#limits = streamLimits(call, step)
    this.#open = openAttempt(call, step)
    const { clock } = call.state.config
    this.#watchdog = createWatchdog(
      () => clock.monotonic(),
      () => this.#onLate(),
    )
  }

  /** The committed facts of the provider's answer; only after `open`. */
  get stream(): ProviderStream {
    if (this.#stream === undefined) throw new TypeError('the attempt has no stream yet')
    return this.#stream
  }

  /** What has ended it from outside. */
  get interruption(): AttemptFailure | undefined {
    return this.#interruption
  }

  /** Sends the request and waits until the provider has begun to answer. */
  async open(): Promise<void> {
    const { adapter, params } = adapterFor(this.#call, this.target)
    const options = sendOptions(this.#call, this.#open.step, this.#limits.toAnswerMs)
    this.#stream = await this.#inSpan(() => adapter.stream(params, options))
    if (this.signal.aborted) this.#onAbort()
    else this.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /**
   * The next parts; empty when something came that holds none; undefined at the complete end.
   *
   * @throws AttemptError when it broke, fell silent or was ended
   */
  async read(): Promise<readonly StreamPart[] | undefined> {
    if (this.isComplete) return undefined
    const parts = await this.#readInTime()
    if (this.#interruption !== undefined) throw new AttemptError(this.#interruption)
    // The tail was waited for in vain, or not at all.
    if (this.isComplete) return undefined
    if (parts === undefined) return this.#atEnd()
    for (const part of parts) this.progress.observe(part)
    if (parts.some(({ chunk }) => chunk.choices.length > 0)) this.#tailEndMs = undefined
    if (parts.length > 0) {
      this.#lastChunkMs = toMicroseconds(this.#elapsedMs())
      this.#firstChunkMs ??= this.#lastChunkMs
    }
    if (this.#isAllThere()) this.#complete()
    return parts
  }

  /**
   * From here on the caller has a part of it; and the target has proved that it answers.
   *
   * @throws AttemptError when another attempt of the call was first
   */
  commit(): void {
    const { step } = this.#open
    claim(step)
    this.isCommitted = true
    answerBegan(this.#open)
    this.#call.state.waits.observe(step.target, waitFor(this.#call), this.#elapsedMs())
  }

  /** Ends it from outside. The first word counts; what has come in full is not interrupted any more. */
  interrupt(failure: AttemptFailure): void {
    if (this.#isEnded || this.isComplete || this.#interruption !== undefined) return
    this.#interruption = failure
    this.#stream?.cancel()
    this.onInterrupt?.(failure)
  }

  /** Keeps the record of an attempt that failed. @returns what the chain is told */
  fail(thrown: unknown): AttemptError {
    const failure = this.#interruption ?? failureOf(thrown, undefined)
    this.#end(failure)
    return new AttemptError(failure)
  }

  /** Keeps the record of an attempt whose answer is complete. */
  succeed(): void {
    this.#end(undefined)
  }

  async #readInTime(): Promise<readonly StreamPart[] | undefined> {
    const { stream } = this
    this.#watchdog.expect(this.#patienceMs())
    try {
      return await this.#inSpan(() => stream.read())
    } catch (thrown) {
      // What breaks behind the finish reasons is only the wait for the usage.
      const isThere = this.isComplete || this.progress.isFinished
      if (this.#interruption === undefined && !isThere) throw thrown
      return undefined
    } finally {
      this.#watchdog.rest()
    }
  }

  /** How long the next bytes may take, ms; also sets what is said when they take longer. */
  #patienceMs(): number {
    const { progress } = this
    const elapsedMs = this.#elapsedMs()
    if (progress.isFinished) {
      this.#tailEndMs ??= elapsedMs + TAIL_MS
      return Math.max(1, this.#tailEndMs - elapsedMs)
    }
    const { isCommitted } = this
    const patience = this.#limits.patience({ hasContent: progress.hasContent, isCommitted, elapsedMs })
    this.#lateMessage = patience.message
    return patience.ms
  }

  #onLate(): void {
    if (this.progress.isFinished) {
      // Nothing more is needed; the read that waits for it ends with the socket.
      this.isComplete = true
      this.#stream?.cancel()
      return
    }
    this.interrupt({ kind: 'timeout', wasSent: true, message: this.#lateMessage })
  }

  readonly #onAbort = (): void => {
    const { instance } = this.target
    this.interrupt({ kind: 'cancelled', wasSent: true, message: `cancelled while ${instance} answered` })
  }

  #isAllThere(): boolean {
    if (!this.progress.isFinished) return false
    return this.stream.usageComes !== 'apart' || this.progress.hasUsageApart
  }

  #atEnd(): undefined {
    if (this.progress.isCompleteAtEnd) {
      this.isComplete = true
      return undefined
    }
    throw new AttemptError({
      kind: 'stream-interrupted',
      wasSent: true,
      message: `${this.target.instance} ended its stream without a finish reason`,
    })
  }

  /** The answer is there. What may follow is read away for a moment, so that the socket can be used again. */
  #complete(): void {
    this.isComplete = true
    void readAway(this.stream, TAIL_MS)
  }

  #end(failure: AttemptFailure | undefined): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#watchdog.close()
    this.signal.removeEventListener('abort', this.#onAbort)
    if (failure !== undefined) this.#stream?.cancel()
    endAttempt(this.#call, this.#open, {
      failure,
      usage: streamUsage({
        failure,
        told: failure?.usage ?? this.#stream?.usage(),
        progress: this.progress,
        params: this.#call.params,
      }),
      told: this.#told(),
      stream: {
        timeToFirstChunkMs: this.#firstChunkMs,
        timeToLastChunkMs: this.#lastChunkMs,
        chunkCount: this.progress.chunkCount,
        malformedCount: this.#stream?.malformedCount() ?? 0,
      },
    })
  }

  #told() {
    if (this.#stream === undefined) return undefined
    const { responseId, responseModel, finishReasons } = this.progress
    const { upstreamRequestId, droppedParams } = this.#stream
    return {
      costUsd: this.#stream.costUsd(),
      responseId,
      responseModel,
      finishReasons,
      upstreamRequestId,
      droppedParams,
    }
  }

  #elapsedMs(): number {
    return this.#call.state.config.clock.monotonic() - this.#open.startedMonotonicMs
  }

  /** Every read happens in the attempt's context, whoever asks for it. */
  #inSpan<T>(work: () => Promise<T>): Promise<T> {
    const { span } = this.#open
    return span === undefined ? work() : span.run(work)
  }
}
