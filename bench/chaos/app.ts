/** One process of the app: what examples/express-5.ts is, with a word to its parent about each call. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { createRouter, llm, LlmError, llmErrorHandler, type CallReport } from 'express-llm'
import { leaveParent, serveParent, textOf } from '../parent.ts'
import type { AskBody, BatchItem } from './asked.ts'
import { DRAIN_MS, type ProviderName } from './cast.ts'
import type { CallFacts, ProcessFacts, StoreWord } from './facts.ts'
import { routerOptions } from './router-options.ts'
import { connectShared } from './shared-state.ts'
import { isSabotage } from './sabotage.ts'
import { createStallMeter } from './stall.ts'

const [, , name = '', urlsText = '{}', redisUrl = '', sabotageName = ''] = process.argv
const urls = JSON.parse(urlsText) as Readonly<Record<ProviderName, string>>
const sabotage = isSabotage(sabotageName) ? sabotageName : undefined
const shared =
  redisUrl === '' || sabotage === 'greedy'
    ? undefined
    : await connectShared(redisUrl, sabotage === 'forgetful')

/** When the router said that the shared state is gone, and that it is back. */
let words: StoreWord[] = []

function noteWord(level: 'warn' | 'info'): (message: string) => void {
  return (message) => {
    if (message.includes('shared state'))
      words.push({ process: name, atMs: Date.now(), isUp: level === 'info' })
  }
}

const ignore = (): void => {}
const router = createRouter(
  routerOptions({
    urls,
    sabotage,
    sharedState: shared?.state,
    logger: { debug: ignore, info: noteWord('info'), warn: noteWord('warn'), error: ignore },
  }),
)

const app = express()
app.use(express.json())
app.use((req, res, next) => {
  res.locals['user'] = req.headers['x-user']
  next()
})
app.use(llm(router))

app.post('/ask', (req, res, next) => void answer(req, res, next))
app.post('/chat', (req, res, next) => void stream(req, res, next))
app.post('/batch', (req, res) => void batch(req, res))
app.get('/ready', (_req, res) => void res.sendStatus(router.isReady || sabotage === 'unready' ? 200 : 503))
app.use(llmErrorHandler())

async function answer(req: Request, res: Response, next: NextFunction): Promise<void> {
  const { number, params, options } = callOf(req.body as AskBody)
  const begunAtMs = Date.now()
  try {
    const { data, report } = await req.llm.chat.completions.create(params, options).withReport()
    tell(number, begunAtMs, report)
    res.json(data)
  } catch (error) {
    tell(number, begunAtMs, reportOf(error))
    next(error)
  }
}

async function stream(req: Request, res: Response, next: NextFunction): Promise<void> {
  const { number, params, options } = callOf(req.body as AskBody)
  const begunAtMs = Date.now()
  try {
    const answer = await req.llm.chat.completions.create({ ...params, stream: true }, options)
    void answer.report.then((report) => tell(number, begunAtMs, report))
    await answer.pipe(res)
  } catch (error) {
    // Once a stream has begun its report has been told, and so has the client.
    if (res.headersSent) return
    tell(number, begunAtMs, reportOf(error))
    next(error)
  }
}

/** A job: all its calls in the same moment, and what came of each. */
async function batch(req: Request, res: Response): Promise<void> {
  const { items } = req.body as { readonly items: readonly AskBody[] }
  res.json(await Promise.all(items.map((item) => answerItem(req, item))))
}

async function answerItem(req: Request, item: AskBody): Promise<BatchItem> {
  const { number, params, options } = callOf(item)
  const begunAtMs = Date.now()
  try {
    const { data, report } = await req.llm.chat.completions.create(params, options).withReport()
    tell(number, begunAtMs, report)
    return { number, tookMs: Date.now() - begunAtMs, status: 200, target: report.target, body: data }
  } catch (error) {
    tell(number, begunAtMs, reportOf(error))
    if (!(error instanceof LlmError)) throw error
    const { status, code, retryAfterMs } = error
    return { number, tookMs: Date.now() - begunAtMs, status, target: undefined, body: { code, retryAfterMs } }
  }
}

function callOf({ number, prompt, tier, priority, timeoutMs }: AskBody) {
  return {
    number,
    params: { messages: [{ role: 'user' as const, content: prompt }], max_tokens: 100 },
    options: { tier, priority, ...(timeoutMs !== undefined && { timeout: timeoutMs }) },
  }
}

function reportOf(error: unknown): CallReport | undefined {
  return error instanceof LlmError ? error.report : undefined
}

const stalls = createStallMeter()

/** What the parent has not asked for yet. */
let calls: CallFacts[] = []

function tell(number: number, begunAtMs: number, report: CallReport | undefined): void {
  if (report === undefined) return
  const { callId, outcome, tier, target, attempts, skipped, costUsd, wastedUsd, costStatus } = report
  const told = { callId, outcome, attempts, skipped, costStatus }
  calls.push({
    number,
    process: name,
    begunAtMs,
    report: {
      ...told,
      ...(tier !== undefined && { tier }),
      ...(target !== undefined && { target }),
      ...(costUsd !== undefined && { costUsd: sabotage === 'miscount' ? costUsd + 1e-9 : costUsd }),
      ...(wastedUsd !== undefined && { wastedUsd }),
    },
  })
}

function takeFacts(): ProcessFacts {
  const taken = { calls, words, stallMs: stalls.take() }
  calls = []
  words = []
  return taken
}

const server = app.listen(0, '127.0.0.1')
// Clients decide how long they keep their sockets.
server.keepAliveTimeout = 0
await once(server, 'listening')
serveParent({ port: (server.address() as AddressInfo).port }, (question) => {
  if (textOf(question, 'what') !== 'calls') throw new Error('the app is asked for its calls only')
  return takeFacts()
})

process.once('SIGTERM', () => {
  if (sabotage === 'abrupt') process.exit()
  if (sabotage === 'leak') setInterval(() => undefined, 1_000)
  // A process that ends by itself holds nothing any more: no timer, no socket.
  void router.close({ timeoutMs: DRAIN_MS }).then(() => {
    shared?.close()
    server.close(() => leaveParent(takeFacts()))
  })
  setTimeout(() => server.closeAllConnections(), DRAIN_MS + 5_000).unref()
})
