// Express 4 and 5, CommonJS: the package is an ES module, and comes through require(esm).
const express = require('express')
const { createRouter, llm, llmErrorHandler } = require('express-llm')
const { createFakeProvider } = require('express-llm/testing')
const { exercise } = require('./exercise.mjs')

async function main() {
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
}

void main()
