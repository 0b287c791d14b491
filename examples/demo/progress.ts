import { styleText } from 'node:util'
import type { CallReport } from 'express-llm'
import type { Exchange } from './client.ts'
import { dim } from './table.ts'
import { attemptWord, milliseconds } from './words.ts'

/** One line that tells how a request went. */
export function progressLine({ request, status, report, problem }: Exchange, count: string): string {
  const who = `${count}  POST ${request.route.padEnd(14)}  ${request.user.padEnd(4)}`
  if (report === undefined) {
    return `${dim(who)}  ${styleText('red', `refused: ${status} ${problem?.code ?? ''}`)}`
  }
  return `${dim(who)}  ${story(report)}  ${dim(`${milliseconds(report.latencyMs)} ms`)}`
}

/** `openai/gpt-4o 503, 503 → anthropic/claude-sonnet-4-6 ok` */
function story({ attempts }: CallReport): string {
  const words = new Map<string, string[]>()
  for (const attempt of attempts) {
    const word = attemptWord(attempt)
    const shown = styleText(word === 'ok' ? 'green' : 'yellow', word)
    words.set(attempt.target, [...(words.get(attempt.target) ?? []), shown])
  }
  return [...words].map(([target, all]) => `${target} ${all.join(', ')}`).join(' → ')
}
