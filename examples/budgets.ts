/** An app whose users may spend so much a day. `OPENAI_API_KEY=… node examples/budgets.ts` */
import express, { type Request } from 'express'
import { createRouter, llm, llmErrorHandler } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

// #region router
const router = createRouter({
  providers, // not in your app
  tiers: { premium: ['openai/gpt-4o'], cheap: ['openai/gpt-4o-mini'] },
  defaultTier: 'premium',
  timeZone: 'Europe/Berlin',
  budgets: {
    // A dollar a day for everybody, ten for those who pay; from 80 % on the cheap tier, and then 402.
    'user-day': {
      per: 'user',
      limitUsd: ({ tenant }) => (tenant === 'paid' ? 10 : 1),
      window: 'day',
      degradeAt: 0.8,
      degradeTo: 'cheap',
    },
    // What all of them together may cost. Tried out first: it tells what it would do.
    'all-month': { per: 'all', limitUsd: 2_000, window: 'month', dryRun: true },
  },
  // No request may cost more than five cents, whatever its handler does.
  maxRequestCostUsd: 0.05,
  onBudget({ kind, budget, value, share }) {
    console.log(`${kind}: ${budget} of ${value ?? 'all'} is ${Math.round(share * 100)} % used`)
  },
  identify: (req: Request) => ({ user: req.get('x-user'), tenant: req.get('x-plan') }),
})
// #endregion

const app = express()
app.use(express.json(), llm(router))

app.post('/ask', async (req, res) => {
  const { text, report } = await req.llm.ask(req.body.prompt)
  res.json({ text, target: report.target, costUsd: report.costUsd })
})

// #region status
// For your own eyes: it names your users.
app.get('/budgets', async (_req, res) => {
  res.json(await router.budgets())
})
// #endregion

app.use(llmErrorHandler())

const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
process.once('SIGTERM', () => server.close(() => void router.close()))
