/** What the app knows of its calls: by their reports, and by the one log line of each. */
import type { CallReport } from 'express-llm'
import { add, NO_SUM, type AttemptFacts, type PartialSum, type Sum } from './facts.ts'

/** Problems that are told in words; the others are counted. */
const PROBLEMS_MAX = 20

export class Ledger {
  /** Calls begun in the app's own handlers; the door begins its own. */
  begun = 0
  settled = 0
  logs = NO_SUM
  #problems: string[] = []
  #problemCount = 0
  /** By call id, of the calls since the last lap. */
  #logged = new Map<string, Sum>()
  #attempts: AttemptFacts[] = []

  /** The log line of a call: the only word that every call says exactly once. */
  log(fields: Readonly<Record<string, unknown>>, isDoor: boolean): void {
    const sum = add(NO_SUM, { ...pickSum(fields), calls: 1 })
    const callId = String(fields['callId'])
    if (this.#logged.has(callId)) this.problem(`the call ${callId} was settled twice`)
    this.#logged.set(callId, sum)
    this.logs = add(this.logs, sum)
    if (!isDoor) this.settled += 1
  }

  /** @param number of the stream */
  report(number: number, report: CallReport): void {
    const { attempts, inputTokens, outputTokens, costUsd } = report
    const told = add(NO_SUM, { calls: 1, attempts: attempts.length, inputTokens, outputTokens, costUsd })
    const summed = attempts.reduce<Sum>(
      (sum, { usage, costUsd }) => add(sum, { ...usage, calls: 0, attempts: 1, costUsd }),
      { ...NO_SUM, calls: 1 },
    )
    const logged = this.#logged.get(report.callId)
    if (!isSame(summed, told)) this.problem(`the attempts of stream ${number} are not what its report tells`)
    if (logged === undefined || !isSame(logged, told))
      this.problem(`the log line of stream ${number} is not its report`)
    for (const { target, outcome, usage, costUsd } of attempts) {
      const isTold = usage !== undefined && usage.isEstimated !== true
      this.#attempts.push({
        number,
        fake: target.slice(0, target.indexOf('/')),
        isSuccess: outcome === 'success',
        told: isTold ? { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } : undefined,
        costUsd,
      })
    }
  }

  problem(text: string): void {
    this.#problemCount += 1
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(text)
  }

  /** What came since the last lap. */
  takeLap(): { readonly problems: readonly string[]; readonly attempts: readonly AttemptFacts[] } {
    const more = this.#problemCount - this.#problems.length
    const problems = more > 0 ? [...this.#problems, `and ${more} more`] : this.#problems
    const attempts = this.#attempts
    this.#problems = []
    this.#problemCount = 0
    this.#attempts = []
    this.#logged = new Map()
    return { problems, attempts }
  }
}

function pickSum({
  attempts,
  inputTokens,
  outputTokens,
  costUsd,
}: Readonly<Record<string, unknown>>): PartialSum {
  return {
    attempts: asNumber(attempts),
    inputTokens: asNumber(inputTokens),
    outputTokens: asNumber(outputTokens),
    costUsd: asNumber(costUsd),
  }
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** Counts are equal; sums of money may differ by what floats lose. */
export function isSame(one: Sum, other: Sum): boolean {
  return (
    one.calls === other.calls &&
    one.attempts === other.attempts &&
    one.inputTokens === other.inputTokens &&
    one.outputTokens === other.outputTokens &&
    Math.abs(one.costUsd - other.costUsd) <= 1e-9 * Math.max(one.costUsd, other.costUsd)
  )
}
