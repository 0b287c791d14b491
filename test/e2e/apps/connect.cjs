// Connect, CommonJS.
const connect = require('connect')
const { createRouter, llm, llmErrorHandler } = require('express-llm')
const { createFakeProvider } = require('express-llm/testing')
const { exercise, readJson } = require('./exercise.mjs')

async function ask(req, res) {
  const { prompt, extra } = await readJson(req)
  const messages = [{ role: 'user', content: prompt }]
  const { data, report } = await req.llm.chat.completions.create({ messages, ...extra }).withReport()
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify({ answer: data.choices[0].message.content, report }))
}

async function main() {
  const fake = await createFakeProvider()
  const router = createRouter({
    tiers: { cheap: ['fake/test-model'] },
    providers: { fake: { baseUrl: `${fake.url}/v1`, apiKey: 'k' } },
  })

  const app = connect()
  app.use(llm(router))
  app.use('/ask', (req, res, next) => {
    ask(req, res).catch(next)
  })
  app.use(llmErrorHandler())

  await exercise({ handler: app, fake, router })
}

void main()
