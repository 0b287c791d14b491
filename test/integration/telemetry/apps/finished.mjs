/** A script with one span and an exit code of its own, that ends when it has nothing left to do. */
import { trace } from '@opentelemetry/api'

const { LAST_WORDS_MS } = process.env

trace.getTracer('script').startSpan('work').end()
process.exitCode = 5

if (LAST_WORDS_MS !== undefined) {
  process.once('beforeExit', () => {
    setTimeout(() => process.stdout.write('last words'), Number(LAST_WORDS_MS))
  })
}
