/** The limit: Express and `undici.request` in the same handler, doing nothing else. */
import { request } from 'undici'
import { createApp, serve, upstream } from './serve.ts'

const app = createApp()

app.post('/ask', async (req, res) => {
  const { body } = await request(`${upstream}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-bench' },
    body: JSON.stringify({ model: 'gpt-4o-mini', ...req.body }),
  })
  res.json(await body.json())
})

app.post('/stream', async (req, res) => {
  const { body } = await request(`${upstream}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-bench' },
    body: JSON.stringify({ model: 'gpt-4o-mini', ...req.body, stream: true }),
  })
  res.setHeader('content-type', 'text/event-stream')
  body.pipe(res)
})

await serve(app)
