/** The router as a server that any OpenAI client can talk to. `OPENAI_API_KEY=… SEARCH_KEY=… node examples/openai-endpoint.ts` */
// #region app
import express from 'express'
import { bearerKeys, createRouter, openaiEndpoint } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

const router = createRouter({
  providers, // not in your app
  tiers: {
    premium: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-6'],
    cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'],
  },
  defaultTier: 'cheap',
})

const { SEARCH_KEY = '' } = process.env
const app = express()
// Before express.json(), which refuses what is longer than 100 kB.
app.use(
  '/v1',
  openaiEndpoint(router, {
    authorize: bearerKeys([{ key: SEARCH_KEY, tenant: 'search', allow: ['cheap'] }]),
  }),
)

const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
// #endregion

// For the load balancer.
app.get('/ready', (_req, res) => void res.sendStatus(router.isReady ? 200 : 503))

process.once('SIGTERM', () => {
  // As in express-5.ts.
  void router.close({ timeoutMs: 20_000 }).then(() => server.close())
  setTimeout(() => server.closeAllConnections(), 25_000).unref()
})
