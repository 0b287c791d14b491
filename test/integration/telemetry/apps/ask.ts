/** An Express app with one routed call; run under `--import express-llm/register` by the tests. Tells its port by IPC. */
import express from 'express'
import { llm } from '../../../../src/middleware/llm.ts'

const { FAKE_BASE_URL = '', ENDS = 'by-signal' } = process.env

const app = express()
app.use(express.json())
app.use(
  llm({
    tiers: { cheap: ['fake/a', 'fake/b'] },
    targets: { 'fake/b': { price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } } },
    providers: { fake: { baseUrl: FAKE_BASE_URL, apiKey: 'k' } },
    env: {},
  }),
)
app.post('/ask/:id', async (req, res) => {
  const { report } = await req.llm.chat.completions
    .create({ messages: [{ role: 'user', content: 'hi' }] })
    .withReport()
  res.json({ report, summary: req.llm.summary() })
  if (ENDS === 'by-itself') endByItself()
})

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})

function endByItself(): void {
  server.close()
  process.disconnect()
}

if (ENDS === 'by-its-own-handler') {
  process.on('SIGTERM', () => {
    void (async () => {
      const { shutdown } = await import('../../../../src/register.ts')
      await shutdown()
      process.exit(7)
    })()
  })
}
