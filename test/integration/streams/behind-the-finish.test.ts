/** Once every choice has its finish reason the answer is complete, whatever happens to the connection then. */
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { ASKED, event, hear, says, STOP, writtenBy } from '../support/sse.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test.each<[string, (res: ServerResponse) => unknown]>([
  ['a reset', (res) => res.socket?.resetAndDestroy()],
  ['an end in the middle of the body', (res) => res.destroy()],
  ['an error event', (res) => res.end(event({ error: { message: 'no usage today', code: 500 } }))],
])('%s behind the finish reason breaks nothing', async (_name, then) => {
  const { router, lines } = await writtenBy(async (res) => {
    res.write(says('One') + STOP)
    await pause(20)
    then(res)
  })
  const stream = await router.chat.completions.create(ASKED)
  expect(await hear(stream)).toEqual({ text: 'One', error: undefined })
  expect(await stream.report).toMatchObject({ outcome: 'success', costStatus: 'estimated' })
  expect(lines.map(({ level }) => level)).toEqual(['info'])
})

test('comments do not keep a finished answer open', async () => {
  const { router } = await writtenBy(async (res) => {
    res.write(says('One') + STOP)
    while (!res.destroyed) {
      res.write(': ping\n\n')
      await pause(100)
    }
  })
  const stream = await router.chat.completions.create(ASKED)
  const startedMs = performance.now()
  expect(await hear(stream)).toEqual({ text: 'One', error: undefined })
  expect(performance.now() - startedMs).toBeLessThan(1_500)
})
