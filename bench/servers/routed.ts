/** The same handler on `req.llm`. Arguments: upstream, OpenTelemetry SDK (`none`, `discard`, `otlp`), transport. */
import { llm } from 'express-llm'
import { startSdk } from './otel.ts'
import { createApp, serve, upstream } from './serve.ts'

const [, , , sdk, transport] = process.argv
const spanCount = sdk === 'discard' || sdk === 'otlp' ? startSdk(sdk, upstream) : () => 0

const app = createApp()

app.use(
  llm({
    providers: { openai: { baseUrl: `${upstream}/v1`, apiKey: 'sk-bench' } },
    tiers: { premium: ['openai/gpt-4o'], cheap: ['openai/gpt-4o-mini', 'openai/gpt-4.1-mini'] },
    defaultTier: 'cheap',
    identify: () => ({ user: 'user-1', tenant: 'tenant-1', allow: ['cheap'] }),
    // The held streams are more than the sockets of the default.
    transport: transport === 'fetch' ? 'fetch' : { connections: 2048 },
  }),
)

app.post('/ask', async (req, res) => {
  res.json(await req.llm.chat.completions.create(req.body))
})

app.post('/stream', async (req, res) => {
  const stream = await req.llm.chat.completions.create({ ...req.body, stream: true })
  await stream.pipe(res)
})

app.post('/iterate', async (req, res) => {
  const stream = await req.llm.chat.completions.create({ ...req.body, stream: true })
  res.setHeader('content-type', 'text/event-stream')
  for await (const chunk of stream) res.write(`data: ${JSON.stringify(chunk)}\n\n`)
  res.end('data: [DONE]\n\n')
})

await serve(app, () => ({ spans: spanCount() }))
