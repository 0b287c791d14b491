/** Every way to leave a stream, and to stay with it. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { LlmStream } from '../../../src/surface/llm-stream.ts'
import { aFake, aRouter, providersOf } from '../../support/app.ts'
import { ASKED, DONE, hear, says, STOP, told, writtenBy } from '../support/sse.ts'

/** Tells one word, and no more. */
async function stalled(): Promise<{ stream: LlmStream; closed: Promise<unknown> }> {
  const answering = Promise.withResolvers<ServerResponse>()
  const { router } = await writtenBy((res) => {
    res.write(says('One'))
    answering.resolve(res)
  })
  const stream = await router.chat.completions.create(ASKED)
  return { stream, closed: once(await answering.promise, 'close') }
}

test.each<[string, (stream: LlmStream) => Promise<unknown>]>([
  ['before the first read', (stream) => stream[Symbol.asyncIterator]().return?.() ?? Promise.reject()],
  [
    'while a read is under way',
    async (stream) => {
      const iterator = stream[Symbol.asyncIterator]()
      await iterator.next()
      const reading = iterator.next()
      await iterator.return?.()
      expect(await reading).toEqual({ done: true, value: undefined })
    },
  ],
  [
    'with an error of the reader’s own',
    async (stream) => {
      const iterator = stream[Symbol.asyncIterator]()
      await expect(iterator.throw?.(new Error('mine'))).rejects.toThrow('mine')
    },
  ],
])('left %s, the provider’s work ends', async (_name, leave) => {
  const { stream, closed } = await stalled()
  await leave(stream)
  await closed
  expect(await stream.report).toMatchObject({ outcome: 'cancelled', costStatus: 'estimated' })
})

test('left at its finish reason, an answer is complete, and billed with the usage that follows', async () => {
  const mayTell = Promise.withResolvers<void>()
  const { router } = await writtenBy(async (res) => {
    res.write(says('One') + STOP)
    await mayTell.promise
    res.end(told(10, 5) + DONE)
  })
  const stream = await router.chat.completions.create(ASKED)
  for await (const { choices } of stream) if (choices[0]?.finish_reason === 'stop') break
  mayTell.resolve()
  expect(await stream.report).toMatchObject({ outcome: 'success', outputTokens: 5, costStatus: 'exact' })
})

test('who is busy with the parts of one read has not left', async () => {
  const words = Array.from({ length: 10 }, () => says('word ')).join('')
  const { router } = await writtenBy(
    async (res) => {
      res.write(words)
      await new Promise((resolve) => setTimeout(resolve, 400))
      res.end(words + STOP + DONE)
    },
    { timeouts: { abandonedMs: 150 } },
  )
  const stream = await router.chat.completions.create(ASKED)
  let count = 0
  for await (const _chunk of stream) {
    count++
    if (count <= 10) await new Promise((resolve) => setTimeout(resolve, 40))
  }
  expect(count).toBe(21)
})

test('asResponse() reads the stream, which nobody can do twice', async () => {
  const { router } = await writtenBy((res) => res.end(says('One') + STOP + DONE))
  const asked = router.chat.completions.create(ASKED)
  const response = await asked.asResponse()
  expect(await asked.asResponse()).toBe(response)
  expect((await hear(await asked)).error).toMatchObject({ code: 'invalid_params' })
  expect(await response.text()).toContain('One')
})

test('asResponse() tells the headers of its own body, not of the provider’s', async () => {
  const { router } = aRouter({
    tiers: { cheap: ['fake/a'] },
    providers: providersOf({ fake: await aFake({ script: [{ body: COMPLETION }] }) }),
  })
  const response = await router.chat.completions.create(ASKED).asResponse()
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(response.headers.get('content-length')).toBeNull()
  expect(await response.text()).toMatch(/^data: .*whole.*\n\ndata: \[DONE\]\n\n$/)
})

/** From a server that does not mind that a stream was asked for. */
const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'a',
  choices: [{ index: 0, message: { role: 'assistant', content: 'whole' }, finish_reason: 'stop' }],
}
