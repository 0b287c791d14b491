// The same from CommonJS: `require` of an ES module, and its types.
import express = require('express')
import { llm, llmErrorHandler } from 'express-llm'

const app = express()
app.use(llm({ tiers: { cheap: ['openai/gpt-4o-mini'] } }))
app.post('/ask', async (req, res) => {
  const { text } = await req.llm.ask('Hello?')
  res.json({ text: text.toUpperCase() })
})
app.use(llmErrorHandler())
