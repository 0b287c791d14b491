import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import type { Router } from 'express-llm'
import { ANSWER_TOKENS_MAX, SYSTEM_PROMPT, TIERS } from './app.ts'
import { PEOPLE } from './people.ts'
import type { CastMember } from './providers.ts'
import { heading, table } from './table.ts'
import { TRAFFIC, type DemoRequest } from './traffic.ts'
import { dollarsInline, nanoUsdOf, plural } from './words.ts'

/** Who is who, before anything is sent. */
export function introduce(cast: readonly CastMember[], origin: string): void {
  const realCount = cast.filter(({ fake }) => fake === undefined).length
  const fakes = plural(cast.length - realCount, 'fake provider')
  const providers = realCount === 0 ? fakes : `${fakes} and ${plural(realCount, 'real one')}`
  console.log(
    `\n${styleText('bold', 'express-llm')}: an Express app on ${origin}, with ${providers} behind it.`,
  )
  console.log(heading('The providers'))
  console.log(
    table(
      [
        { title: 'target', align: 'left' },
        { title: 'its part', align: 'left' },
        { title: 'for the real one', align: 'left' },
      ],
      cast.map(({ target, role, fake, keyVariable }) =>
        fake === undefined
          ? [
              target,
              { text: 'itself', style: 'green' },
              { text: `in use, by ${keyVariable}`, style: 'green' },
            ]
          : [target, role, { text: keyVariable === undefined ? '–' : `set ${keyVariable}`, style: 'dim' }],
      ),
    ),
  )
  console.log(heading('The tiers, each in the order in which its targets are asked'))
  for (const [tier, targets] of Object.entries(TIERS))
    console.log(`${tier.padEnd(8)} ${targets.join(', then ')}`)
  const people = Object.entries(PEOPLE).map(([name, { plan }]) => `${name} (${plan})`)
  console.log(heading(`${TRAFFIC.length} requests over HTTP, from ${people.join(', ')}`))
}

/** Time to change one's mind, ms. */
const PAUSE_MS = 5_000

/** Says what real providers will cost, before they are asked; waits a moment for a Ctrl-C. */
export async function announceCost(
  cast: readonly CastMember[],
  router: Router,
  signal: AbortSignal,
): Promise<void> {
  const real = new Set(cast.filter(({ fake }) => fake === undefined).map(({ target }) => target))
  if (real.size === 0) return
  const nanoUsd = await expectedNanoUsd(real, router)
  const warning = `This costs real money: about ${dollarsInline(nanoUsd)} at most, by the catalog's prices.`
  console.log(styleText('yellow', warning))
  console.log(`Ctrl-C within ${PAUSE_MS / 1000} s stops it; DEMO_FAKE=1 uses fakes only.\n`)
  await sleep(PAUSE_MS, undefined, { signal })
}

/** Each request at the dearest real target that it may reach; embeddings of a few sentences cost next to nothing. */
async function expectedNanoUsd(real: ReadonlySet<string>, router: Router): Promise<number> {
  let total = 0
  for (const request of TRAFFIC) {
    const tier = tierOf(request)
    if (tier === undefined) continue
    const content = SYSTEM_PROMPT + JSON.stringify(request.body)
    const plan = await router.plan(
      { messages: [{ role: 'user', content }], max_tokens: ANSWER_TOKENS_MAX },
      { tier },
    )
    const costs = plan.steps.map(({ target, expectedCostUsd }) =>
      real.has(target) ? (expectedCostUsd ?? 0) : 0,
    )
    total += nanoUsdOf(Math.max(0, ...costs))
  }
  return total
}

function tierOf({ route, user, body }: DemoRequest): keyof typeof TIERS | undefined {
  if (route === '/embed' || route === '/redact') return undefined
  if (route === '/summarize/:id' || body['model'] === 'cheap') return 'cheap'
  return PEOPLE[user].plan === 'pro' ? 'premium' : 'cheap'
}
