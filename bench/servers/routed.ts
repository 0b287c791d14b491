/**
 * The same handler on `req.llm`. Arguments: upstream, OpenTelemetry SDK (`none`, `discard`, `otlp`), transport, `limits`
 * where there are some, and the Redis that shares them.
 */
import { createClient } from '@redis/client'
import { llm } from 'express-llm'
import { redisState } from 'express-llm/redis'
import { startSdk } from './otel.ts'
import { createApp, serve, upstream } from './serve.ts'

const [, , , sdk, transport, limits, redisUrl] = process.argv
const spanCount = sdk === 'discard' || sdk === 'otlp' ? startSdk(sdk, upstream) : () => 0

/** So much that nobody waits. */
const LIMITS = { requestsPerMinute: 10_000_000, tokensPerMinute: 10_000_000_000, concurrency: 10_000 }

async function sharedState() {
  if (redisUrl === undefined) return {}
  const client = createClient({ url: redisUrl })
  await client.connect()
  return { sharedState: redisState(client, { timeoutMs: 1_000 }) }
}

const app = createApp()
const shared = await sharedState()

app.use(
  llm({
    ...shared,
    providers: {
      openai: {
        baseUrl: `${upstream}/v1`,
        apiKey: 'sk-bench',
        ...(limits === 'limits' && { limits: LIMITS }),
      },
    },
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
