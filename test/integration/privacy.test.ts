import { inspect } from 'node:util'
import express from 'express'
import { expect, test } from 'vitest'
import { llmErrorHandler } from '../../src/middleware/error-handler.ts'
import { llm } from '../../src/middleware/llm.ts'
import type { FakeStepLike } from '../../src/testing/fake/step.ts'
import { aFake, aRouter, served, type LogLine } from '../support/app.ts'

const PROMPT = 'PLANTED-PROMPT-7f3a and its neighbourhood'
const ANSWER = 'PLANTED-ANSWER-91bc and its neighbourhood'
const KEY = 'sk-PLANTED-KEY-5d2e0c1b'
const HEADER = 'PLANTED-HEADER-44aa'
const PLANTED = /PLANTED/

/** Everything that a provider might say back, holding what it was told. */
const scripts: readonly (readonly [string, FakeStepLike])[] = [
  ['a 400 that repeats the prompt', { status: 400, message: `Invalid content: "${PROMPT}"` }],
  ['a 400 that repeats the key', { status: 400, message: `Key ${KEY} may not use this` }],
  ['a 401 that repeats the key', { status: 401, message: `Incorrect API key provided: ${KEY}` }],
  ['a 404 that repeats the prompt', { status: 404, message: PROMPT }],
  ['a 500 that repeats everything', { status: 500, message: `${PROMPT} ${KEY} ${HEADER}` }],
  ['a content filter', { fault: 'content-filter', form: 'azure' }],
  ['a long prompt', { fault: 'context-length' }],
  ['a code that is the prompt', { status: 400, code: PROMPT, param: PROMPT, type: PROMPT, message: 'no' }],
  ['an answer that the call refuses', { answer: ANSWER }],
  ['a page', { fault: 'html' }],
  ['broken JSON', { fault: 'wrong-json' }],
  ['a reset', { fault: 'reset' }],
  ['silence', { fault: 'silence' }],
]

test.each(scripts)('no prompt, answer, key or header leaks out of %s', async (_name, step) => {
  const fake = await aFake({ answer: ANSWER, script: [step, step] })
  const seen: unknown[] = []
  const { router, lines } = aRouter({
    tiers: { cheap: ['fake/a'] },
    providers: { fake: { baseUrl: fake.baseUrl, apiKey: KEY, headers: { 'x-internal': HEADER } } },
    retry: { backoffBaseMs: 1 },
  })
  const app = express()
  app.use(llm(router))
  app.get('/ask', async (req) => {
    await req.llm.chat.completions.create(
      { messages: [{ role: 'user', content: PROMPT }] },
      {
        attemptTimeoutMs: 40,
        accept: () => {
          throw new Error(ANSWER)
        },
      },
    )
  })
  app.use((error: unknown, _req: express.Request, _res: express.Response, next: express.NextFunction) => {
    seen.push(
      inspect(error, { depth: 20, showHidden: true }),
      JSON.stringify(error),
      String((error as Error).stack),
    )
    next(error)
  })
  app.use(llmErrorHandler())
  const response = await fetch(`${await served(app)}/ask`)
  seen.push(await response.text(), inspect([...response.headers]))
  expect(fake.requests.length).toBeGreaterThan(0)
  expect(lines.length).toBeGreaterThan(0)
  expect(seen.length).toBe(5)
  for (const text of [...seen, ...lines.map((line: LogLine) => inspect(line, { depth: 20 }))]) {
    expect(text).not.toMatch(PLANTED)
  }
})
