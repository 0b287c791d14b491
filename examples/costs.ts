/** An app that shows what it spends. `OPENAI_API_KEY=… COSTS_PASSWORD=… node examples/costs.ts` */
// #region app
import express from 'express'
import { basicAuth, costApi, createRouter, llm, llmErrorHandler } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['openai/gpt-4o-mini'] },
  // What would it have cost to send everything there?
  baseline: 'openai/gpt-4o',
  timeZone: 'Europe/Berlin',
})

const { COSTS_PASSWORD = '' } = process.env
const app = express()
app.use(
  '/llm',
  costApi(router, {
    // Or what your app knows already: (req) => req.user?.isAdmin === true
    authorize: basicAuth({ admin: COSTS_PASSWORD }),
    traceUrl: 'https://jaeger.example.com/trace/{traceId}',
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
