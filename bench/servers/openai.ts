/** What an app has before: Express and the official client, with its defaults. */
import OpenAI from 'openai'
import { createApp, serve, upstream } from './serve.ts'

type StreamParams = OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming

const app = createApp()
const client = new OpenAI({ baseURL: `${upstream}/v1`, apiKey: 'sk-bench' })

app.post('/ask', async (req, res) => {
  res.json(await client.chat.completions.create({ model: 'gpt-4o-mini', ...req.body }))
})

app.post('/stream', async (req, res) => {
  const params: StreamParams = { model: 'gpt-4o-mini', ...req.body, stream: true }
  res.setHeader('content-type', 'text/event-stream')
  for await (const chunk of await client.chat.completions.create(params)) {
    res.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  res.end('data: [DONE]\n\n')
})

await serve(app)
