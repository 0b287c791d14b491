/** An app that streams, asks and drains on SIGTERM as the examples do; its time limits are short. Run by the tests. */
import express from 'express'
import { openaiEndpoint } from '../../../src/endpoints/openai-endpoint.ts'
import { llmErrorHandler } from '../../../src/middleware/error-handler.ts'
import { llm } from '../../../src/middleware/llm.ts'
import { createRouter } from '../../../src/surface/router.ts'

const { FAKE_URL = '', DRAIN_MS = '' } = process.env

const router = createRouter({
  tiers: { cheap: ['fake/a'] },
  targets: { 'fake/a': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } } },
  providers: { fake: { baseUrl: FAKE_URL, apiKey: 'k' } },
  env: {},
})
const app = express()
app.use('/v1', openaiEndpoint(router, { authorize: () => ({}) }))
app.use(llm(router))
app.get('/ready', (_req, res) => void res.sendStatus(router.isReady ? 200 : 503))
app.get('/chat', async (req, res) => {
  const messages = [{ role: 'user', content: 'Tell me a story.' }] as const
  const stream = await req.llm.chat.completions.create({ messages: [...messages], stream: true })
  await stream.pipe(res)
})
app.get('/ask', async (req, res) => void res.json((await req.llm.ask('Hi?')).text))
app.use(llmErrorHandler())

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object') console.log(`listening on http://127.0.0.1:${address?.port}`)
})

process.once('SIGTERM', () => {
  void router.close({ timeoutMs: Number(DRAIN_MS) }).then(() => {
    const { calls, costStatus } = router.summary()
    console.log(`closed after ${calls} calls, ${costStatus}`)
    server.close()
  })
  setTimeout(() => server.closeAllConnections(), Number(DRAIN_MS) + 5_000).unref()
})
