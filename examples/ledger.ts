/** An app whose calls are written down in a file, some of them in its own transactions. `OPENAI_API_KEY=… node examples/ledger.ts` */
import { DatabaseSync } from 'node:sqlite'
import express from 'express'
import { createRouter, llm, llmErrorHandler } from 'express-llm'
import { sqliteLedger } from 'express-llm/sqlite'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

const FILE = process.env.LEDGER_FILE ?? 'app.db'

// #region router
const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['openai/gpt-4o-mini'] },
  ledger: sqliteLedger(FILE),
  timeZone: 'Europe/Berlin',
  // What answers are priced at as well, to tell what has been saved.
  baseline: 'openai/gpt-4o',
})
// #endregion

new DatabaseSync(FILE).exec('create table if not exists summaries (text text)')

const app = express()
app.use(express.json(), llm(router))

// #region transaction
app.post('/summaries', async (req, res) => {
  // A connection for each transaction: several may be open at a time.
  const db = new DatabaseSync(FILE, { timeout: 1_000 })
  try {
    db.exec('begin')
    const { text } = await req.llm.ask(req.body.prompt, { transaction: db })
    db.prepare('insert into summaries values (?)').run(text)
    db.exec('commit')
    res.json({ text })
  } finally {
    // What is not committed is gone.
    db.close()
  }
})
// #endregion

app.get('/costs', async (_req, res) => {
  res.json(await router.costs({ by: 'model' }))
})

app.use(llmErrorHandler())

const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
process.once('SIGTERM', () => server.close(() => void router.close()))
