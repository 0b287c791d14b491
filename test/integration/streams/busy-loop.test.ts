/** An app that keeps the event loop busy makes timers late, not providers. The servers are processes of their own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { aRouter } from '../../support/app.ts'
import { ASKED, DONE, hear, says, STOP, told } from '../support/sse.ts'

/** Writes the pieces of an answer, the head being the first, so many ms apart. */
async function serverOf(pieces: readonly string[], pauseMs: number): Promise<string> {
  const program = `
    const { setTimeout } = require('node:timers/promises')
    const server = require('node:http').createServer(async (req, res) => {
      req.resume()
      for (const piece of ${JSON.stringify(pieces)}) {
        await setTimeout(${pauseMs})
        if (!res.headersSent) res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        res.write(piece)
      }
      res.end()
    })
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return `http://127.0.0.1:${Number(port)}/v1`
}

function keepBusy(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end) continue
}

async function routerOf(pieces: readonly string[], timeouts: object) {
  const baseUrl = await serverOf(pieces, 20)
  const providers = { fake: { preset: 'vllm', baseUrl } } as const
  return aRouter({ tiers: { cheap: ['fake/a'] }, providers, timeouts }).router
}

test('what has come meanwhile is no silence, and the usage behind the end is not missed', async () => {
  const router = await routerOf([says('One '), says('two '), says('three'), STOP, told(9, 3) + DONE], {
    betweenTokensMs: 1_000,
  })
  const stream = await router.chat.completions.create(ASKED)
  const hearing = hear(stream)
  setTimeout(() => keepBusy(1_500), 5)
  expect(await hearing).toEqual({ text: 'One two three', error: undefined })
  expect(await stream.report).toMatchObject({ inputTokens: 9, outputTokens: 3, outcome: 'success' })
})

test('nor is an answer late that began meanwhile', async () => {
  const router = await routerOf([says('One', 'stop'), DONE], { firstTokenMs: 1_000 })
  // The first call makes the connection, which takes many turns.
  await hear(await router.chat.completions.create(ASKED))
  const asking = router.chat.completions.create(ASKED)
  setTimeout(() => keepBusy(1_500), 10)
  expect(await hear(await asking)).toEqual({ text: 'One', error: undefined })
})
