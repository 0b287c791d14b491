/** Connect: no routes, no `res.json`, no Express types. */
import { json } from 'node:stream/consumers'
// #region app
import connect from 'connect'
import { createRouter, llm, llmErrorHandler, type LlmRequest } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app
import { announce } from './server.ts' // not in your app

const router = createRouter<LlmRequest>({
  providers, // not in your app
  tiers: { cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'] },
  // Stands in for your authentication: believes a header, which you must not. Without it the caller is anonymous.
  identify: ({ headers: { 'x-user': user } }) => (typeof user === 'string' ? { user } : {}),
})

const app = connect()
app.use(llm(router))

app.use('/ask', (req, res, next) => {
  answer(req as LlmRequest)
    .then((text) => res.end(text))
    .catch(next)
})

app.use(llmErrorHandler())

async function answer(req: LlmRequest): Promise<string> {
  const { prompt } = (await json(req)) as { prompt: string }
  const { text } = await req.llm.ask(prompt)
  return text
}
const server = app.listen(Number(process.env.PORT ?? 3000))
announce(server) // not in your app
// #endregion

process.once('SIGTERM', () => {
  // As in express-5.ts.
  void router.close({ timeoutMs: 20_000 }).then(() => server.close())
  setTimeout(() => server.closeAllConnections(), 25_000).unref()
})
