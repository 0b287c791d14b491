/**
 * `npm run demo`: an Express app on the built package, with providers that fail now and then. It sends itself a couple
 * of dozen requests, prints who answered and what that cost, and goes on serving. `npm run demo -- --once` ends instead.
 */
import { once } from 'node:events'
import { startTracing } from './demo/tracing.ts'

const unknown = process.argv.slice(2).find((argument) => argument !== '--once')
if (unknown !== undefined) {
  console.error(`The demo knows --once and nothing else, so not "${unknown}".`)
  process.exit(2)
}

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort())

// Before everything else: instrumentation sees only what is loaded after it.
const tracing = await startTracing(process.env)
const { closeStage, goOn, openStage, play } = await import('./demo/run.ts')

const stage = await openStage(tracing, process.env).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error
  console.error(`Port ${process.env.PORT} is taken. Choose another: PORT=3001 npm run demo`)
  process.exit(1)
})
try {
  await play(stage, process.env, stopping.signal)
  if (!process.argv.includes('--once')) {
    goOn(stage)
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  }
} catch (error) {
  // Stopped half-way is no failure.
  if (!stopping.signal.aborted) throw error
} finally {
  await closeStage(stage)
}
