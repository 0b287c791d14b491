/** Streams into a browser. `node examples/streaming.ts`, with keys or without, and open the address that it prints. */
import { join } from 'node:path'
import express from 'express'
import { createRouter, llm, llmErrorHandler, type CallReport } from 'express-llm'
import { announce } from './server.ts'
import { providers, stopFakes, suggestions } from './streaming/fakes.ts'

const router = createRouter({
  providers,
  tiers: { cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'] },
  // Who answers goes out in x-llm-* headers.
  responseHeaders: { report: true },
})

const app = express()
app.use(express.json(), llm(router))
app.use(express.static(join(import.meta.dirname, 'streaming/page')))
app.get('/suggestions', (_req, res) => void res.json(suggestions))

/** How the latest calls went, by id. In your app: only those of the user who asks. */
const reports = new Map<string, Promise<CallReport>>()
const REPORTS_MAX = 100

// #region chat
app.post('/chat', async (req, res) => {
  // Resolves at the first content. Until then a failing provider is a fallback; if all fail, an HTTP status.
  const stream = await req.llm.chat.completions.create({
    messages: [{ role: 'user', content: req.body.prompt }],
    stream: true,
  })
  keep(String(res.get('x-llm-call-id')), stream.report) // not in your app
  // Server-sent events in OpenAI's wire format. When the browser goes away, the provider is left at once.
  await stream.pipe(res)
})
// #endregion

app.get('/calls/:id', async (req, res) => {
  const report = await reports.get(req.params.id)
  if (report === undefined) return void res.sendStatus(404)
  const { outcome, costUsd, costStatus, inputTokens, outputTokens, timeToFirstTokenMs, latencyMs } = report
  res.json({ outcome, costUsd, costStatus, inputTokens, outputTokens, timeToFirstTokenMs, latencyMs })
})

function keep(callId: string, report: Promise<CallReport>): void {
  reports.set(callId, report)
  const [oldest = ''] = reports.keys()
  if (reports.size > REPORTS_MAX) reports.delete(oldest)
}

app.use(llmErrorHandler())
const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server)

process.once('SIGTERM', () => {
  void router.close({ timeoutMs: 20_000 }).then(() => server.close(() => void stopFakes()))
  setTimeout(() => server.closeAllConnections(), 25_000).unref()
})
