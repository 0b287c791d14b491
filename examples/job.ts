/** A job, without any request: the router is the same surface. `OPENAI_API_KEY=… node examples/job.ts` */
// #region job
import { createRouter } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app

const router = createRouter({
  providers, // not in your app
  tiers: { cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'] },
})

const nightly = router.with({ feature: 'nightly-digest', timeout: 60_000 })
for (const subject of ['billing', 'delivery', 'returns']) {
  const { text } = await nightly.ask(`Write one sentence about ${subject}.`)
  console.log(`${subject}: ${text}`)
}

const { calls, costUsd, costStatus } = router.summary()
console.log(`${calls} calls, ${costUsd === undefined ? 'cost unknown' : `$${costUsd} (${costStatus})`}`)
await router.close()
// #endregion
