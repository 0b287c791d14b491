/** What breaks in mid-stream has an answer in its hands; none of it may get into what operators keep. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import type { FakeStepLike } from '../../../src/testing/fake/step.ts'
import { aFake, aRouter, saying } from '../../support/app.ts'
import { hear } from '../support/sse.ts'
import { aCapture } from '../telemetry/captured.ts'

const PROMPT = 'PLANTED-PROMPT-7f3a and its neighbourhood'
const ANSWER = Array.from({ length: 12 }, (_, index) => `PLANTED-ANSWER-${index}`).join(' ')
const KEY = 'sk-PLANTED-KEY-5d2e0c1b'

const breaks: readonly (readonly [string, FakeStepLike])[] = [
  ['a reset', { fault: 'cut', how: 'reset' }],
  ['an end without a finish reason', { fault: 'cut', how: 'done' }],
  ['a stall', { fault: 'stall' }],
  ['parts that are no JSON', { fault: 'malformed', tail: true }],
  [
    'an error that repeats everything',
    { fault: 'stream-error', error: { message: `${PROMPT} ${ANSWER} ${KEY}` } },
  ],
]

test.each(breaks)('nothing leaks out of a stream that broke by %s', async (_name, step) => {
  const captured = await aCapture()
  const fake = await aFake({ answer: ANSWER, script: [step, step] })
  const { router, lines } = aRouter({
    tiers: { cheap: ['fake/a'] },
    providers: { fake: { baseUrl: fake.baseUrl, apiKey: KEY } },
    timeouts: { betweenTokensMs: 50 },
  })
  const asked = { ...saying(PROMPT), stream: true } as const
  const stream = await router.chat.completions.create(asked)
  const { text, error } = await hear(stream)
  expect(text).toContain('PLANTED')
  expect(error).toMatchObject({ code: 'stream_interrupted' })
  const held = await router.chat.completions
    .create(asked, { afterCut: 'buffer', maxAttempts: 1 })
    .catch((thrown: unknown) => thrown)
  expect(held).toMatchObject({ code: 'exhausted' })
  const kept = [
    error,
    held,
    JSON.stringify(error),
    lines,
    await stream.report,
    captured.spans(),
    await captured.metrics(),
  ]
  expect(captured.spans().length).toBe(4)
  for (const each of kept) expect(inspect(each, { depth: 20, showHidden: true })).not.toMatch(/PLANTED/)
})
