/** Express 5. `OPENAI_API_KEY=… GROQ_API_KEY=… node examples/express-5.ts` */
// #region app
import express from 'express'
import { createRouter, llm, llmErrorHandler } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app
import { announce, signIn } from './server.ts' // not in your app

const router = createRouter({
  providers, // not in your app
  tiers: {
    premium: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-6'],
    cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'],
  },
  defaultTier: 'cheap',
  // Runs at a request's first call, so after your authentication, which sets res.locals. A throw refuses the call.
  identify: (_req, res) => ({
    user: res.locals.userId,
    allow: res.locals.isPaying ? ['premium', 'cheap'] : ['cheap'],
  }),
})

const app = express()
app.use(express.json())
app.use(signIn) // not in your app
app.use(llm(router))

app.post('/ask', async (req, res) => {
  const completion = await req.llm.chat.completions.create({
    messages: [{ role: 'user', content: req.body.prompt }],
  })
  res.json(completion)
})

app.post('/summarize/:id', async (req, res) => {
  const { text, report } = await req.llm.ask(`Summarize: ${req.body.text}`, { tier: 'premium' })
  res.json({ text, target: report.target, costUsd: report.costUsd })
})

// After the routes. An LlmError becomes its HTTP status and problem JSON.
app.use(llmErrorHandler())

const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
// #endregion

// #region stop
// For the load balancer.
app.get('/ready', (_req, res) => void res.sendStatus(router.isReady ? 200 : 503))

process.once('SIGTERM', () => {
  // From here on /ready and new calls are a 503. Calls and streams under way have 20 seconds to end.
  void router.close({ timeoutMs: 20_000 }).then(() => server.close())
  // Clients that take their last bytes slowly have 5 more.
  setTimeout(() => server.closeAllConnections(), 25_000).unref()
})
// #endregion
