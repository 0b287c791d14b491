/** An app whose calls are written down in its database. `OPENAI_API_KEY=… DATABASE_URL=postgres://… node examples/ledger.ts` */
import express from 'express'
import { createRouter, llm, llmErrorHandler } from 'express-llm'
import { postgresLedger } from 'express-llm/postgres'
import pg from 'pg'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

// #region router
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })

const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['openai/gpt-4o-mini'] },
  // Or a file, with nothing else to run: sqliteLedger('llm.db'), from express-llm/sqlite
  ledger: postgresLedger(pool),
  timeZone: 'Europe/Berlin',
  // What answers are priced at as well, to tell what has been saved.
  baseline: 'openai/gpt-4o',
})
// #endregion

await pool.query('create table if not exists summaries (text text)')

const app = express()
app.use(express.json(), llm(router))

// #region transaction
app.post('/summaries', async (req, res) => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { text } = await req.llm.ask(req.body.prompt, { transaction: client })
    await client.query('insert into summaries values ($1)', [text])
    await client.query('commit')
    res.json({ text })
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
})
// #endregion

app.get('/costs', async (_req, res) => {
  res.json(await router.costs({ by: 'model' }))
})

app.use(llmErrorHandler())

const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
process.once('SIGTERM', () => server.close(() => void router.close().then(() => pool.end())))
