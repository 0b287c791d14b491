import express, { type ErrorRequestHandler, type Express } from 'express'
import {
  createRouter,
  dashboard,
  llm,
  llmErrorHandler,
  LlmError,
  type Router,
  type RouterOptions,
} from 'express-llm'
import { signIn } from './people.ts'
import { story } from './story.ts'

/** Tiers, best first, and the targets that each tries in turn. */
export const TIERS = {
  premium: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-6'],
  cheap: ['mistral/mistral-small-latest', 'groq/openai/gpt-oss-20b'],
  embed: ['cohere/embed-v4.0'],
  local: ['ollama/llama3.2'],
}

export function createDemoRouter(options: Pick<RouterOptions, 'providers' | 'logger' | 'ledger'>): Router {
  return createRouter({
    tiers: TIERS,
    defaultTier: 'cheap',
    identify: (_req, res) => ({
      user: res.locals.user,
      defaultTier: res.locals.plan === 'pro' ? 'premium' : 'cheap',
      allow: res.locals.plan === 'pro' ? ['*'] : ['cheap', 'embed', 'local'],
    }),
    // Off by default, because a user's name is personal data. The demo's people are invented.
    telemetry: { callerAttributes: true },
    // The demo's providers fail as often in two seconds as real ones in a day, and each way of failing is to be seen.
    health: { consecutiveFailures: 100, minAttempts: 1_000 },
    responseHeaders: { report: true, serverTiming: true },
    // Was it worth it, not to ask the dear one always?
    baseline: 'openai/gpt-4o',
    budgets: { person: { per: 'user', window: 'day', limitUsd: 0.05, unpriced: { assumeUsd: 0 } } },
    ...options,
  })
}

/** Longest answer, tokens. */
export const ANSWER_TOKENS_MAX = 500

export const SYSTEM_PROMPT = 'You are a helpful assistant. Answer in at most three sentences.'

/** The app that a team would have anyway: routes that ask a model, and know nothing of providers. */
export function createApp(router: Router, traceUrl?: string): Express {
  const app = express()
  app.set('json spaces', 2)
  app.use(
    '/llm',
    dashboard(router, {
      // The demo is open to this machine alone. Yours asks its own sign-in, or basicAuth().
      authorize: ({ socket }) => socket.remoteAddress === '127.0.0.1',
      title: 'express-llm demo',
      ...(traceUrl === undefined ? {} : { traceUrl }),
    }),
  )
  app.use(express.json(), signIn, llm(router))

  app.post('/ask', async (req, res) => {
    const { data, report } = await req.llm.chat.completions
      .create({
        // What a browser sends may name a tier, never more than `allow` lets its user reach.
        model: req.body.model,
        messages: [
          { role: 'system', content: SYSTEM_PROMPT },
          { role: 'user', content: req.body.question },
        ],
        max_tokens: ANSWER_TOKENS_MAX,
      })
      .withReport()
    res.json({ answer: data.choices[0]?.message.content, how: story(report), report })
  })

  app.post('/summarize/:id', async (req, res) => {
    const { data, report } = await req.llm
      .tier('cheap')
      .chat.completions.create({
        messages: [{ role: 'user', content: `Summarize document ${req.params.id}: ${req.body.text}` }],
        max_tokens: ANSWER_TOKENS_MAX,
      })
      .withReport()
    res.json({ summary: data.choices[0]?.message.content, how: story(report), report })
  })

  app.post('/embed', async (req, res) => {
    const { data, report } = await req.llm.embeddings
      .create({ model: 'embed', input: req.body.texts })
      .withReport()
    res.json({
      vectors: data.data.length,
      dimensions: data.data[0]?.embedding.length,
      how: story(report),
      report,
    })
  })

  app.post('/redact', async (req, res) => {
    const { text, report } = await req.llm.ask(`Replace all names: ${req.body.text}`, { tier: 'local' })
    res.json({ text, how: story(report), report })
  })

  app.use(tellReport, llmErrorHandler())
  return app
}

export const REPORT_HEADER = 'x-demo-report'

/** Tells how a failed call went, so that the demo can count it; your clients need not know. */
const tellReport: ErrorRequestHandler = (error, _req, res, next) => {
  if (error instanceof LlmError) res.set(REPORT_HEADER, encodeURIComponent(JSON.stringify(error.report)))
  next(error)
}
