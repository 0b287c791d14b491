// Express 4 and 5, ES modules: starts, routes one call, meets one error, prints what came of it, and ends by itself.
import express from 'express'
import { createRouter, llm, llmErrorHandler } from 'express-llm'
import { createFakeProvider } from 'express-llm/testing'
import { exercise } from './exercise.mjs'

const fake = await createFakeProvider()
const router = createRouter({
  tiers: { cheap: ['fake/test-model'] },
  providers: { fake: { baseUrl: `${fake.url}/v1`, apiKey: 'k' } },
})

const app = express()
app.use(express.json())
app.use(llm(router))
app.post('/ask', async (req, res, next) => {
  try {
    const messages = [{ role: 'user', content: req.body.prompt }]
    const { data, report } = await req.llm.chat.completions
      .create({ messages, ...req.body.extra })
      .withReport()
    res.json({ answer: data.choices[0].message.content, report })
  } catch (error) {
    next(error)
  }
})
app.use(llmErrorHandler())

await exercise({ handler: app, fake, router })
