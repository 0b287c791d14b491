/** How a call went, whether it succeeded or not. `OPENAI_API_KEY=… ANTHROPIC_API_KEY=… node examples/fallback.ts` */
// #region report
import { createRouter, LlmError } from 'express-llm'
import { providers } from './fake-url.ts' // not in your app

const router = createRouter({
  providers, // not in your app
  tiers: { premium: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-6'] },
})

try {
  const { data, report } = await router.chat.completions
    .create({ messages: [{ role: 'user', content: 'Why is the sky blue?' }] })
    .withReport()
  console.log(data.choices[0]?.message.content)
  for (const { number, target, outcome, kind, costUsd } of report.attempts) {
    console.log(
      `${number}. ${target}: ${kind ?? outcome}, ${costUsd === undefined ? 'cost unknown' : `$${costUsd}`}`,
    )
  }
  console.log(`${report.outcome}: ${report.why}`)
} catch (error) {
  if (!(error instanceof LlmError)) throw error
  // The code is stable, the message is for people; the report of a failed call is on its error.
  console.error(error.code, error.status, error.report?.attempts.length)
}
// #endregion

await router.close()
