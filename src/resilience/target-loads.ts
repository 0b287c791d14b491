/**
 * How fast targets answer of late and how many wait for them: what the strategy `fastest` goes by. Kept in this process, at most
 * one record for each target and kind of work; no timer.
 */
import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { Clock } from '../core/clock.ts'
import { FAILURE_RULES } from '../core/failure-kind.ts'
import type { Target } from '../core/target.ts'
import type { TargetLoad } from '../core/target-load.ts'
import type { WaitFor } from './wait-times.ts'
import { afterAnswer, afterFailure, afterWaiting, expectedMs, type PeakLatency } from './peak-latency.ts'

/** What is measured apart, because it takes different times. */
export type Work = WaitFor | 'embeddings'

export interface TargetLoads {
  /** Looking changes nothing. */
  loadOf(target: Target, work: Work): TargetLoad
  /** An attempt is sent. */
  begin(target: Target, work: Work): Wait
  /** A call is on its way to a target: of many calls in one moment, the later ones are to see the earlier ones. */
  intend(target: Target): Intent
}

/** A call between its plan and its first attempt, waiting for room perhaps. */
export interface Intent {
  /** It goes to this target now. */
  at(target: Target): void
  end(): void
}

/** One attempt, as long as it is waited for. */
export interface Wait {
  /** What the caller waits for is there: a stream's first content, or the answer. */
  answered(): void
  /** It is over, with or without an answer. */
  end(failure: AttemptFailure | undefined): void
}

export function createTargetLoads(clock: Clock): TargetLoads {
  const lines = new Map<string, Line>()

  function lineOf({ id }: Target): Line {
    const line = lines.get(id) ?? new Line(clock)
    lines.set(id, line)
    return line
  }

  return {
    loadOf: ({ id }, work) => lines.get(id)?.load(work) ?? NEVER_ASKED,
    begin: (target, work) => new OpenWait(lineOf(target), work),
    intend(target) {
      let line: Line | undefined
      const move = (next: Line | undefined): void => {
        line?.expect(-1)
        line = next
        line?.expect(1)
      }
      move(lineOf(target))
      return {
        at(other) {
          if (line !== undefined) move(lineOf(other))
        },
        end: () => move(undefined),
      }
    },
  }
}

const NEVER_ASKED: TargetLoad = {
  loadMs: undefined,
  waitingCount: 0,
  isBeingTried: false,
  idleMs: undefined,
}

/** Nobody is so fast that it does not matter how many wait, ms. */
const LEAST_MS = 1

/** All who wait for one target. */
class Line {
  readonly #clock: Clock
  readonly #paces: Partial<Record<Work, Pace>> = {}
  /** Whatever they wait for: all of them keep the target busy. */
  waitingCount = 0
  /** Those among them who have not sent their request yet. */
  #intentCount = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.monotonic()
  }

  expect(count: 1 | -1): void {
    this.waitingCount += count
    this.#intentCount += count
  }

  pace(work: Work): Pace {
    return (this.#paces[work] ??= new Pace())
  }

  load(work: Work): TargetLoad {
    const nowMs = this.now()
    const { waitingCount } = this
    const isExpecting = this.#intentCount > 0
    const pace = this.#paces[work]
    if (pace === undefined) return { ...NEVER_ASKED, waitingCount, isBeingTried: isExpecting }
    const expected = pace.expectedMs(nowMs)
    return {
      loadMs: expected === undefined ? undefined : Math.max(expected, LEAST_MS) * (waitingCount + 1),
      waitingCount,
      isBeingTried: isExpecting || pace.isBeingTried,
      idleMs: nowMs - pace.askedAtMs,
    }
  }
}

/** How fast one kind of work is done at a target. */
class Pace {
  latency: PeakLatency | undefined
  askedAtMs = 0
  /**
   * In the order of their begin. Those that were overtaken by an answer are not in it: that they take longer is their own
   * matter, because the target has answered since.
   */
  readonly #waits = new Set<OpenWait>()

  get isBeingTried(): boolean {
    return this.#waits.size > 0
  }

  add(wait: OpenWait): void {
    this.askedAtMs = wait.beganMs
    this.#waits.add(wait)
  }

  remove(wait: OpenWait): void {
    this.#waits.delete(wait)
  }

  overtaken(by: OpenWait): void {
    if (!this.#waits.has(by)) return
    for (const wait of this.#waits) {
      this.#waits.delete(wait)
      if (wait === by) return
    }
  }

  /** Who has let somebody wait for longer than expected, and answered nobody since, will not be faster now. */
  expectedMs(nowMs: number): number | undefined {
    const expected = expectedMs(this.latency, nowMs)
    if (expected === undefined) return undefined
    for (const { beganMs } of this.#waits) return Math.max(expected, nowMs - beganMs)
    return expected
  }
}

class OpenWait implements Wait {
  readonly beganMs: number
  readonly #line: Line
  readonly #pace: Pace
  #isWaiting = true
  #isOver = false

  constructor(line: Line, work: Work) {
    this.#line = line
    this.#pace = line.pace(work)
    this.beganMs = line.now()
    line.waitingCount += 1
    this.#pace.add(this)
  }

  answered(): void {
    if (!this.#isWaiting) return
    const nowMs = this.#line.now()
    this.#pace.overtaken(this)
    this.#pace.latency = afterAnswer(this.#pace.latency, nowMs - this.beganMs, nowMs)
    this.#leave()
  }

  end(failure: AttemptFailure | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    if (failure === undefined) return this.answered()
    const nowMs = this.#line.now()
    const pace = this.#pace
    // A stream that breaks later has kept nobody waiting for its begin.
    const elapsedMs = this.#isWaiting ? nowMs - this.beganMs : 0
    if (FAILURE_RULES[failure.kind].cooldown !== 'none')
      pace.latency = afterFailure(pace.latency, elapsedMs, nowMs)
    else if (this.#isWaiting) pace.latency = afterWaiting(pace.latency, elapsedMs, nowMs)
    if (this.#isWaiting) this.#leave()
  }

  #leave(): void {
    this.#isWaiting = false
    this.#line.waitingCount -= 1
    this.#pace.remove(this)
  }
}
