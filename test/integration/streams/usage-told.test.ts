import { expect, test } from 'vitest'
import { aFake, aRouter, providersOf, saying } from '../../support/app.ts'
import { ASKED, DONE, event, hear, says, STOP, told, writtenBy } from '../support/sse.ts'

test('usage told before the content is not the last word', async () => {
  const { router } = await writtenBy(async (res) => {
    res.write(told(10, 0) + says('One') + STOP)
    await new Promise((resolve) => setTimeout(resolve, 20))
    res.end(told(10, 5) + DONE)
  })
  const stream = await router.chat.completions.create(ASKED)
  expect((await hear(stream)).text).toBe('One')
  expect(await stream.report).toMatchObject({ inputTokens: 10, outputTokens: 5, costStatus: 'exact' })
})

test('zeros are what servers tell that do not count', async () => {
  const { router } = await writtenBy((res) => res.end(says('Eight bytes, or so.') + STOP + told(0, 0) + DONE))
  const stream = await router.chat.completions.create(ASKED)
  await hear(stream)
  expect(await stream.report).toMatchObject({ outputTokens: 5, costStatus: 'estimated' })
})

test('an error inside a 200 is as free as an error status', async () => {
  const refusal = { error: { message: 'Too long.', code: 'context_length_exceeded' } }
  const { router } = await writtenBy((res) => res.end(event(refusal)))
  const { router: whole } = aRouter({
    tiers: { cheap: ['fake/a'] },
    providers: providersOf({ fake: await aFake({ script: [{ body: refusal }] }) }),
  })
  for (const asked of [
    router.chat.completions.create(ASKED),
    whole.chat.completions.create(saying('Count.')),
  ]) {
    const error: unknown = await asked.then(() => undefined).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'context_window_exceeded', report: { costStatus: 'free' } })
  }
})
