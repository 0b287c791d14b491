/** An app with a dashboard. `OPENAI_API_KEY=… DASHBOARD_PASSWORD=… node examples/dashboard.ts` */
// #region app
import express from 'express'
import { basicAuth, createRouter, dashboard, llm, llmErrorHandler } from 'express-llm'
import { sqliteLedger } from 'express-llm/sqlite'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

const { DASHBOARD_PASSWORD = '', LEDGER_FILE = 'llm.db' } = process.env
const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['openai/gpt-4o-mini'] },
  ledger: sqliteLedger(LEDGER_FILE),
  // What would it have cost to send everything there?
  baseline: 'openai/gpt-4o',
  timeZone: 'Europe/Berlin',
})

const app = express()
app.use(
  '/llm',
  dashboard(router, {
    // Or what your app knows already: (req) => req.user?.isAdmin === true
    authorize: basicAuth({ admin: DASHBOARD_PASSWORD }),
    // Each call leads to its trace.
    traceUrl: 'https://jaeger.example.com/trace/{traceId}',
    title: 'Acme: models',
  }),
)
// #endregion

app.use(express.json(), llm(router))
app.post('/ask', async (req, res) => {
  const { text } = await req.llm.ask(req.body.prompt, { user: req.get('x-user') ?? 'nobody' })
  res.json({ text })
})
app.use(llmErrorHandler())

const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
process.once('SIGTERM', () => server.close(() => void router.close()))
