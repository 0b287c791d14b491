// An app in TypeScript: importing the package is all that types `req.llm`.
import express from 'express'
import { type CallReport, createRouter, type Llm, llm, LlmError, llmErrorHandler } from 'express-llm'
import { createFakeProvider } from 'express-llm/testing'

interface AppRequest extends express.Request {
  readonly userId: string
}

const fake = await createFakeProvider()
const app = express()
app.use(
  llm<AppRequest>({
    tiers: { cheap: ['fake/test-model'] },
    providers: { fake: { baseUrl: `${fake.url}/v1`, apiKey: 'k' } },
    identify: (req, res) => ({ user: req.userId, tenant: String(res.locals['tenant']) }),
  }),
)

app.post('/ask', async (req, res) => {
  const surface: Llm = req.llm
  const completion = await surface.chat.completions.create({
    messages: [{ role: 'user', content: 'Hello?' }],
  })
  const text: string | null | undefined = completion.choices[0]?.message.content
  const { report } = await req.llm.ask('Hello?', { tier: 'cheap' })
  const attempts: CallReport['attempts'] = report.attempts
  res.json({ text, attempts })
})

app.post('/wrong', async (req) => {
  // @ts-expect-error messages are missing, as the openai client would say
  await req.llm.chat.completions.create({ temperature: 1 })
  // @ts-expect-error there is no such thing on the surface
  req.llm.nothing()
})

app.use(llmErrorHandler())

const router = createRouter({
  tiers: { cheap: ['fake/test-model'] },
  providers: { fake: { baseUrl: fake.url } },
})
app.use('/shared', llm(router))

// @ts-expect-error an option that does not exist
createRouter({ tiers: { cheap: ['openai/gpt-4o'] }, defualtTier: 'cheap' })

export function codeOf(error: unknown): string | undefined {
  return error instanceof LlmError ? error.code : undefined
}
