/** Express 4. The only difference: it does not wait for a handler's promise, so its failure goes to `next` by hand. */
// #region app
// In your app: 'express'. Here Express 4 stands beside 5 and needs another name.
import express from 'express4'
import { createRouter, llm, llmErrorHandler } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app
import { announce, signIn } from './server.ts' // not in your app

const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'] },
  identify: (_req, res) => ({ user: res.locals.userId }),
})

const app = express()
app.use(express.json())
app.use(signIn) // not in your app
app.use(llm(router))

app.post('/ask', (req, res, next) => {
  req.llm.chat.completions
    .create({ messages: [{ role: 'user', content: req.body.prompt }] })
    .then((completion) => res.json(completion))
    .catch(next)
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
