import { styleText } from 'node:util'
import type { CallReport } from 'express-llm'
import type { Exchange } from './client.ts'
import { dim } from './table.ts'
import { attemptWord } from './words.ts'

/** One line that tells how a request went. */
export function progressLine({ request, status, report, problem }: Exchange, count: string): string {
  const who = `${count}  ${request.route.padEnd(14)}  ${request.user.padEnd(4)}`
  const seconds = dim(`${(report.latencyMs / 1000).toFixed(2)} s`)
  if (problem === undefined) return `${dim(who)}  ${story(report)}  ${seconds}`
  if (report.attempts.length > 0) {
    return `${dim(who)}  ${story(report)}: ${styleText('red', String(status))}  ${seconds}`
  }
  const reason = problem.detail.replace(/(?<=\.) .*/, '')
  return `${dim(who)}  ${styleText('red', `${status} ${reason}`)}  ${seconds}`
}

/** `openai/gpt-4o 503, 503 → anthropic/claude-sonnet-4-6`, and `openai/gpt-4o 503, ok` where asking again helped. */
function story({ attempts }: CallReport): string {
  const words = new Map<string, string[]>()
  for (const attempt of attempts) {
    words.set(attempt.target, [...(words.get(attempt.target) ?? []), attemptWord(attempt)])
  }
  return [...words].map(([target, its]) => [target, ...wordsOf(its)].join(' ')).join(' → ')
}

/** A target that answered at once needs no word. */
function wordsOf(words: readonly string[]): readonly string[] {
  if (words.length === 1 && words[0] === 'ok') return []
  return [words.map((word) => styleText(word === 'ok' ? 'green' : 'yellow', word)).join(', ')]
}
