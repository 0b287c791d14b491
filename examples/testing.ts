/** An app's own test: no server, no socket, no key. `node examples/testing.ts` */
// #region test
import assert from 'node:assert/strict'
import { test } from 'node:test'
import express from 'express'
import { llm, type Router } from 'express-llm'
import { createTestRouter } from 'express-llm/testing'
import request from 'supertest'

function createApp(router: Router): express.Express {
  const app = express()
  app.use(express.json(), llm(router))
  app.post('/ask', async (req, res) => {
    const { text } = await req.llm.ask(req.body.prompt)
    res.json({ text })
  })
  return app
}

void test('answers although the first attempt finds no capacity', async () => {
  const router = createTestRouter({ answers: { cheap: [{ status: 503 }, 'Because of the air.'] } })
  const response = await request(createApp(router)).post('/ask').send({ prompt: 'Why is the sky blue?' })
  assert.deepEqual(response.body, { text: 'Because of the air.' })
  assert.deepEqual(
    router.attempts.map(({ target, request }) => [target, request.status]),
    [
      ['test/cheap', 503],
      ['test/cheap', 200],
    ],
  )
})
// #endregion
