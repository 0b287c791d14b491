import { styleText } from 'node:util'
import type { Exchange } from './client.ts'
import { story } from './story.ts'
import { dim } from './table.ts'

/** One line that tells how a request went. */
export function progressLine({ request, status, report, problem }: Exchange, count: string): string {
  const who = `${count}  ${request.route.padEnd(14)}  ${request.user.padEnd(4)}`
  const seconds = dim(`${(report.latencyMs / 1000).toFixed(2)} s`)
  if (problem === undefined) return `${dim(who)}  ${story(report, coloured)}  ${seconds}`
  if (report.attempts.length > 0) {
    return `${dim(who)}  ${story(report, coloured)}: ${styleText('red', String(status))}  ${seconds}`
  }
  const reason = problem.detail.replace(/(?<=\.) .*/, '')
  return `${dim(who)}  ${styleText('red', `${status} ${reason}`)}  ${seconds}`
}

function coloured(word: string): string {
  return styleText(word === 'ok' ? 'green' : 'yellow', word)
}
