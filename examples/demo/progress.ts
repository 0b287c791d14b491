import { styleText } from 'node:util'
import type { CallReport } from 'express-llm'
import type { Exchange } from './client.ts'
import { dim } from './table.ts'
import { attemptWord } from './words.ts'

/** One line that tells how a request went. */
export function progressLine({ request, status, report, problem }: Exchange, count: string): string {
  const who = `${count}  ${request.route.padEnd(14)}  ${request.user.padEnd(4)}`
  if (report === undefined) {
    const reason = problem?.detail.replace(/(?<=\.) .*/, '') ?? ''
    return `${dim(who)}  ${styleText('red', `${status} ${reason}`)}`
  }
  return `${dim(who)}  ${story(report)}  ${dim(`${(report.latencyMs / 1000).toFixed(2)} s`)}`
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
