// @ts-check
/** CommonJS: Node requires ES modules since 22.12, so nothing is different. */
// #region app
const express = require('express')
const { createRouter, llm, llmErrorHandler } = require('express-llm')
const { providers } = require('./fake-url.ts') // not in your app
const { announce } = require('./server.ts') // not in your app

const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'] },
})

const app = express()
app.use(express.json())
app.use(llm(router))

app.post('/ask', async (req, res) => {
  const completion = await req.llm.chat.completions.create({
    messages: [{ role: 'user', content: req.body.prompt }],
  })
  res.json(completion)
})

app.use(llmErrorHandler())
const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
// #endregion

process.once('SIGTERM', () => {
  // As in express-5.ts.
  void router.close({ timeoutMs: 20_000 }).then(() => server.close())
  setTimeout(() => server.closeAllConnections(), 25_000).unref()
})
