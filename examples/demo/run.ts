import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Router } from 'express-llm'
import { createApp, createDemoRouter, TIERS } from './app.ts'
import { send, type Exchange } from './client.ts'
import { writeEvidence } from './evidence.ts'
import { announceCost, introduce } from './introduction.ts'
import { progressLine } from './progress.ts'
import { createLedgerFile, type LedgerFile } from './ledger-file.ts'
import { providerOptions, startEncore, startProviders, type CastMember } from './providers.ts'
import { printResults } from './results.ts'
import { collectorText, servingText, traceUrl } from './serving.ts'
import type { Tracing } from './tracing.ts'
import { TRAFFIC } from './traffic.ts'

/** A running demo. */
export interface Stage {
  readonly tracing: Tracing
  readonly cast: readonly CastMember[]
  readonly router: Router
  readonly ledgerFile: LedgerFile
  readonly server: Server
  /** Address of the app. */
  readonly origin: string
}

/** Starts providers, router and app. Rejects before anything is started when the port is taken. */
export async function openStage(tracing: Tracing, env: NodeJS.ProcessEnv): Promise<Stage> {
  const server = createServer().listen(Number(env.PORT || 0), '127.0.0.1')
  await once(server, 'listening')
  const cast = await startProviders(env)
  const ledgerFile = createLedgerFile()
  const router = createDemoRouter({ providers: providerOptions(cast), ledger: ledgerFile.ledger })
  server.on('request', createApp(router, tracing.collector && traceUrl(tracing.collector)))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { tracing, cast, router, ledgerFile, server, origin: `http://127.0.0.1:${port}` }
}

/** Sends the traffic and prints what came of it. Rejects with the signal's reason when it is stopped half-way. */
export async function play(stage: Stage, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { tracing, cast, router, origin } = stage
  introduce(cast, origin)
  await announceCost(cast, router, signal)
  const exchanges: Exchange[] = []
  for (const request of TRAFFIC) {
    const exchange = await send(origin, request, signal)
    exchanges.push(exchange)
    console.log(progressLine(exchange, `${exchanges.length}/${TRAFFIC.length}`.padStart(5)))
  }
  printResults(exchanges, tracing)
  if (tracing.collector) console.log(collectorText(tracing.collector, await tracing.collector.flush()))
  if (env['DEMO_EVIDENCE']) writeEvidence(env['DEMO_EVIDENCE'], { router, tracing, cast })
}

/** The app serves whoever comes next, and flaky fakes stay flaky. */
export function goOn({ cast, origin }: Stage): void {
  startEncore(cast)
  // The one that the printed curl asks first.
  const isFlaky = cast.some(({ target, fake }) => target === TIERS.premium[0] && fake !== undefined)
  console.log(servingText(origin, isFlaky))
}

/** Ends everything that was started; the process then ends by itself. */
export async function closeStage({ tracing, cast, router, ledgerFile, server }: Stage): Promise<void> {
  await router.close({ timeoutMs: 5_000 })
  ledgerFile.remove()
  server.close()
  setTimeout(() => server.closeAllConnections(), 1_000).unref()
  for (const { fake } of cast) await fake?.close()
  await tracing.shutdown()
}
