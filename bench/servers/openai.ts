/** What an app has before: Express and the official client, with its defaults. */
import OpenAI from 'openai'
import { createApp, serve, upstream } from './serve.ts'

const app = createApp()
const client = new OpenAI({ baseURL: `${upstream}/v1`, apiKey: 'sk-bench' })

app.post('/ask', async (req, res) => {
  res.json(await client.chat.completions.create({ model: 'gpt-4o-mini', ...req.body }))
})

await serve(app)
