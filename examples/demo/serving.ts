import { styleText } from 'node:util'
import type { Collector } from './collector.ts'
import { heading } from './table.ts'

/** How to go on by hand. */
export function servingText(origin: string, isFlaky: boolean): string {
  const curl = `curl -s ${origin}/ask -H 'content-type: application/json' -H 'x-user: ana' -d '{"question":"Why is the sky blue?"}'`
  return [
    heading('Your turn'),
    'The app goes on serving. Each answer says how it came about, and holds the whole report.',
    ...(isFlaky
      ? ['The fakes go on failing now and then: ask three times to see an answer, a retry and a fallback.']
      : []),
    '',
    `  ${styleText('green', curl)}`,
    '',
    'Other users: cleo, ben, dan. Name a tier with "model":"cheap". Ctrl-C stops the app.',
    '',
    `Who spent what, on which route, with which model, and was it worth it: the dashboard at`,
    '',
    `  ${styleText('green', `${origin}/llm/`)}`,
  ].join('\n')
}

/** Where Jaeger shows a trace, if that is what runs there. */
export function traceUrl({ endpoint }: Collector): string {
  return `http://${new URL(endpoint).hostname}:16686/trace/{traceId}`
}

/** Where to look at the traces, if they went somewhere. */
export function collectorText({ endpoint, serviceName }: Collector, wasReached: boolean): string {
  if (!wasReached)
    return styleText('yellow', `The traces did not reach ${endpoint}: is a collector running there?`)
  const { hostname } = new URL(endpoint)
  return (
    `The same traces are at ${endpoint}, as service "${serviceName}".\n` +
    `If that is Jaeger, look at http://${hostname}:16686/search?service=${serviceName}`
  )
}
