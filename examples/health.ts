/** An app that shows how its providers are doing. `OPENAI_API_KEY=… GROQ_API_KEY=… node examples/health.ts` */
import express from 'express'
import { createRouter, llm, llmErrorHandler } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

// #region router
const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['openai/gpt-4o-mini', 'groq/openai/gpt-oss-20b'] },
  health: { consecutiveFailures: 3, openMs: 10_000 },
  // Begin and end of an outage. Whatever this throws is logged and stays there.
  onHealthChange({ target, from, to, cause }) {
    if (from === 'closed' || to === 'closed') console.log(`alert: ${target} is ${to} now (${cause})`)
  },
})
// #endregion

const app = express()
app.use(express.json(), llm(router))

app.post('/ask', async (req, res) => {
  const { text, report } = await req.llm.ask(req.body.prompt)
  res.json({ text, target: report.target, skipped: report.skipped })
})

// #region status
// For your own eyes: it names your providers and models.
app.get('/status', (_req, res) => {
  res.json(router.health())
})
// #endregion

app.use(llmErrorHandler())

const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
process.once('SIGTERM', () => server.close(() => void router.close()))
