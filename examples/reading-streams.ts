/** Ways to read a stream, without any browser. `OPENAI_API_KEY=… node examples/reading-streams.ts` */
import { createRouter, LlmError } from 'express-llm'
import OpenAI from 'openai'
import { providers } from './fake-url.ts'

const router = createRouter({
  providers,
  tiers: { cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'] },
})

async function iterate(): Promise<void> {
  // #region iterate
  const stream = await router.chat.completions.create({
    messages: [{ role: 'user', content: 'Why is the sky blue?' }],
    stream: true,
  })
  try {
    for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '')
    process.stdout.write('\n')
  } catch (error) {
    if (!(error instanceof LlmError)) throw error
    console.error(`\nIncomplete: ${error.code}`)
  }
  // A promise: kept when the stream has ended, whatever ended it.
  const { outcome, target, outputTokens, costUsd } = await stream.report
  console.log({ outcome, target, outputTokens, costUsd })
  // #endregion
}

async function leave(): Promise<void> {
  // #region leave
  const stream = await router.chat.completions.create({
    messages: [{ role: 'user', content: 'Count to a million.' }],
    stream: true,
  })
  let text = ''
  for await (const { choices } of stream) {
    text += choices[0]?.delta.content ?? ''
    if (text.length > 10) break
  }
  const { outcome, costUsd, costStatus } = await stream.report
  console.log({ outcome, costUsd, costStatus }) // cancelled, and an estimate of what came
  // #endregion
}

async function listen(): Promise<void> {
  // #region helper
  const helper = router.chat.completions
    .stream({ messages: [{ role: 'user', content: 'Why is the sky blue?' }] })
    .on('content', (piece) => process.stdout.write(piece))
  const completion = await helper.finalChatCompletion()
  const { target } = await helper.report
  console.log(`\n${completion.choices[0]?.finish_reason}, by ${target}`)
  // #endregion
}

async function holdBack(): Promise<void> {
  // #region buffer
  const stream = await router.chat.completions.create(
    { messages: [{ role: 'user', content: 'Name a colour.' }], stream: true },
    {
      afterCut: 'buffer',
      accept: ({ choices }) => choices[0]?.finish_reason === 'stop',
    },
  )
  // #endregion
  for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '')
  console.log(`\n${(await stream.report).outcome}`)
}

async function lend(): Promise<void> {
  // #region fetch
  // In a handler: req.llm.fetch. The calls are routed and charged like those of req.llm.
  const openai = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: router.fetch })
  const stream = await openai.chat.completions.create({
    model: 'cheap',
    messages: [{ role: 'user', content: 'Why is the sky blue?' }],
    stream: true,
  })
  // #endregion
  for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '')
  console.log()
}

for (const part of [iterate, leave, listen, holdBack, lend]) {
  console.log(`--- ${part.name}`)
  await part()
}
await router.close()
