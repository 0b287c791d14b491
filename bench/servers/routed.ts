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
    transport: transport === 'fetch' ? 'fetch' : 'undici',
  }),
)

app.post('/ask', async (req, res) => {
  res.json(await req.llm.chat.completions.create(req.body))
})

await serve(app, () => ({ spans: spanCount() }))
