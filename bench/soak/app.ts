/** The app under soak: an Express server whose handlers read streams in every way there is. */
import { getEventListeners, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Span } from '@opentelemetry/api'
import express, { type NextFunction, type Request, type Response } from 'express'
import { createRouter, llm, LlmError, llmErrorHandler, openaiEndpoint, type Router } from 'express-llm'
import { serveParent, textOf } from '../parent.ts'
import type { EndFacts, LapFacts } from './facts.ts'
import { Ledger } from './ledger.ts'
import { READ, type ReadingContext } from './readings.ts'
import { countResources, leftoversSince } from './resources.ts'
import { createSabotage } from './sabotage.ts'
import { scenarioOf, type Scenario } from './scenario.ts'
import { startTelemetry } from './telemetry.ts'

const [, , seedText, sabotageName, ...urls] = process.argv
const seed = Number(seedText)
const [alpha = '', beta = '', gamma = ''] = urls
// Listening to the parent comes later, and is no leak.
process.channel?.ref()
const before = countResources()
const telemetry = startTelemetry()
const ledger = new Ledger()
/** As an app has one that says "the process is about to end". */
const longSignal = new AbortController().signal
const warnings: string[] = []
const serverSpans: Span[] = []
let handlersUnderWay = 0

process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`))

const onLog = (_message: string, fields: object = {}): void => {
  const line = { ...fields }
  if ('callId' in line) ledger.log(line, 'user' in line && line.user === DOOR_USER)
}
const DOOR_USER = 'door'

const router: Router = createRouter({
  // Its fakes fail all the time, each in its own way, and every answer is to come from where the scenario says.
  health: { enabled: false },
  tiers: { soak: ['alpha/gpt-4o-mini', 'beta/unheard-of', 'gamma/gpt-4o'] },
  providers: {
    alpha: { preset: 'openai', baseUrl: alpha, apiKey: 'sk-soak' },
    beta: { baseUrl: beta, apiKey: 'sk-soak' },
    gamma: { preset: 'openrouter', baseUrl: gamma, apiKey: 'sk-soak' },
  },
  timeouts: { firstTokenMs: 250, betweenTokensMs: 250, attemptMs: 2_000, callMs: 3_000, abandonedMs: 250 },
  retry: { backoffBaseMs: 1, backoffMaxMs: 5, patienceMs: 20 },
  logger: { debug: onLog, info: onLog, warn: () => undefined, error: onLog },
  env: {},
})

const sabotage = createSabotage(sabotageName, { ledger, longSignal })

const app = express()
app.use((_req, _res, next) => void serverSpans.push(telemetry.inServerSpan(() => next())))
app.use('/v1', openaiEndpoint(router, { authorize: () => ({ user: DOOR_USER, allow: ['*'] }) }))
app.use(express.json())
app.use(llm(router))
app.post('/soak/:number', (req, res, next) => void answer(req, res, next))
app.use(llmErrorHandler())

async function answer(req: Request, res: Response, next: NextFunction): Promise<void> {
  const scenario = scenarioOf(seed, Number(req.params['number']))
  const reports: Promise<void>[] = []
  handlersUnderWay += 1
  sabotage.onRequest()
  try {
    if (scenario.reading === 'door') throw new Error('the door is not here')
    res.setHeader('content-type', 'text/event-stream')
    await READ[scenario.reading](contextOf(req, res, { scenario, reports }))
  } catch (error) {
    endFailed(res, error, next)
  } finally {
    await Promise.all(reports)
    handlersUnderWay -= 1
  }
}

function contextOf(
  req: Request,
  res: Response,
  { scenario, reports }: { readonly scenario: Scenario; readonly reports: Promise<void>[] },
): ReadingContext {
  const { number, afterCut, hasLongSignal } = scenario
  return {
    llm: req.llm,
    res,
    scenario,
    options: { afterCut, ...(hasLongSignal ? { signal: longSignal } : {}) },
    begin: () => (ledger.begun += 1),
    reported: (report) => reports.push(Promise.resolve(report).then((each) => ledger.report(number, each))),
  }
}

/** What the app does with an error at every stage of an answer. */
function endFailed(res: Response, error: unknown, next: NextFunction): void {
  if (!isExpected(error)) ledger.problem(`a handler got a ${nameOf(error)}`)
  if (res.writableEnded || res.destroyed) return
  if (res.headersSent) res.end(`data: ${JSON.stringify({ error: { message: 'broken' } })}\n\n`)
  else next(error instanceof LlmError ? error : causeOf(error))
}

/** Ours, or those of the client's helper that stand for one of ours. */
function isExpected(error: unknown): boolean {
  return error instanceof LlmError || ['OpenAIError', 'APIUserAbortError'].includes(nameOf(error))
}

/** The client's helper wraps ours. */
function causeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause ?? error) : error
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error
}

/** Longest wait for calls to settle once their clients are done, ms. */
const QUIET_MS = 10_000

/** @returns the facts when no call is under way, or when some would not end */
async function quietLap(): Promise<LapFacts> {
  const untilMs = performance.now() + QUIET_MS
  const isQuiet = (): boolean => handlersUnderWay === 0 && ledger.begun === ledger.settled
  while ((!isQuiet() || telemetry.openSpans().length > serverSpans.length) && performance.now() < untilMs) {
    await sleep(5)
  }
  for (const span of serverSpans.splice(0)) span.end()
  sabotage.onLap()
  const { user, system } = process.cpuUsage()
  return {
    ...(await memoryInUse()),
    cpuMs: (user + system) / 1000,
    openSpans: telemetry.openSpans().slice(0, 5),
    signalListeners: getEventListeners(longSignal, 'abort').length,
    warnings: warnings.splice(0),
    begun: ledger.begun,
    settled: ledger.settled,
    ...ledger.takeLap(),
  }
}

/** What is left when all that can be let go of is: kept caches and free pages would hide a leak as well as feign one. */
async function memoryInUse(): Promise<Pick<LapFacts, 'rssBytes' | 'heapBytes'>> {
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssBytes: rss, heapBytes: heapUsed + external }
}

/** Sockets of answers that were read to their end may stay open for a second, so that the rest is taken. */
const CLOSING_MS = 5_000

async function end(): Promise<EndFacts> {
  const summary = router.summary()
  await router.close()
  server.close()
  server.closeAllConnections()
  const leftovers = await leftoversSince(before, CLOSING_MS)
  return {
    openSpans: telemetry.openSpans().slice(0, 5),
    leftovers,
    signalListeners: getEventListeners(longSignal, 'abort').length,
    sums: {
      'log lines': ledger.logs,
      'router.summary()': { ...summary, costUsd: summary.costUsd ?? 0 },
      'attempt spans': { ...telemetry.attempts(), calls: ledger.logs.calls },
      'server roll-ups': telemetry.rollUps(),
      metrics: await telemetry.metrics(),
    },
  }
}

const server = app.listen(0, '127.0.0.1')
// Clients decide how long they keep their sockets.
server.keepAliveTimeout = 0
await once(server, 'listening')
serveParent({ port: (server.address() as AddressInfo).port }, (question) =>
  textOf(question, 'what') === 'lap' ? quietLap() : end(),
)
