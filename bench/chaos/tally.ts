/** A phase in numbers. Pure. */
import { quantile } from '../quantile.ts'
import { firstChoiceOf, providerOf, PROVIDERS, targetOf, type ProviderName } from './cast.ts'
import type { Answer, StoryFacts } from './facts.ts'

export interface PhaseRow {
  readonly name: string
  readonly calls: number
  /** Those that the first choice of their tier has answered. */
  readonly answered: number
  /** Those that another target has answered. */
  readonly degraded: number
  readonly refused: number
  readonly failed: number
  readonly broken: number
  /** What users have waited for, ms, without those of bursts. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** The longest time in which one of the processes could do nothing, ms: so much of a wait may be the machine's. */
  readonly stallMs: number
  /** Attempts, as the apps report them. */
  readonly attempts: Readonly<Record<ProviderName, number>>
  /** Answers of 429. */
  readonly rateLimited: number
  readonly spentUsd: number
  readonly wastedUsd: number
}

export function rowOf(facts: StoryFacts, name: string): PhaseRow {
  const answers = facts.answers.filter(({ phase }) => phase === name)
  const numbers = new Set(answers.map(({ number }) => number))
  const reports = facts.calls.flatMap(({ number, report }) => (numbers.has(number) ? [report] : []))
  const attempts = reports.flatMap((report) => report.attempts)
  const count = (ending: Answer['ending']): number => answers.filter((each) => each.ending === ending).length
  const degraded = answers.filter(isDegraded).length
  const waits = waitsOf(answers)
  return {
    name,
    calls: answers.length,
    answered: count('answered') - degraded,
    degraded,
    refused: count('refused'),
    failed: count('failed'),
    broken: count('broken'),
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
    stallMs: facts.phases.find((phase) => phase.name === name)?.stallMs ?? 0,
    attempts: Object.fromEntries(
      PROVIDERS.map((name) => [name, attempts.filter(({ target }) => providerOf(target) === name).length]),
    ) as PhaseRow['attempts'],
    rateLimited: attempts.filter(({ status }) => status === 429).length,
    spentUsd: sum(reports.map(({ costUsd }) => costUsd)),
    wastedUsd: sum(reports.map(({ wastedUsd }) => wastedUsd)),
  }
}

export function isDegraded({ ending, target, tier }: Answer): boolean {
  return ending === 'answered' && target !== targetOf(firstChoiceOf(tier))
}

/** Of answers to the steady traffic. */
export function waitsOf(answers: readonly Answer[]): number[] {
  return answers.flatMap(({ ending, burst, waitMs }) =>
    ending === 'answered' && burst === undefined ? [waitMs] : [],
  )
}

function sum(amounts: readonly (number | undefined)[]): number {
  return amounts.reduce<number>((total, amount) => total + (amount ?? 0), 0)
}
