/** One of several processes of an app. `REDIS_URL=… OPENAI_API_KEY=… GROQ_API_KEY=… node examples/many-processes.ts` */
// #region app
import { createClient } from '@redis/client'
import express from 'express'
import { createRouter, llm, llmErrorHandler } from 'express-llm'
import { redisState } from 'express-llm/redis'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

const redis = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' })
redis.on('error', (error) => console.error(`redis: ${error.message}`))
await redis.connect()

const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'] },
  // For all processes together.
  targets: { 'groq/openai/gpt-oss-20b': { limits: { requestsPerMinute: 600, concurrency: 50 } } },
  health: {},
  sharedState: redisState(redis),
})
// #endregion

const app = express()
app.use(express.json(), llm(router))

app.post('/ask', async (req, res) => {
  const { text, report } = await req.llm.ask(req.body.prompt)
  res.json({ text, target: report.target })
})

app.use(llmErrorHandler())

const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app

// #region stop
process.once('SIGTERM', () => {
  server.close()
  // What this process holds is given back; then the client is closed.
  void router.close({ timeoutMs: 10_000 }).then(() => redis.close())
})
// #endregion
