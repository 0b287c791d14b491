/** The providers of a soak, in a process of their own. The prompt names the stream, and with it the step. */
import { createFakeProvider, type FakeProvider, type FakeRequestRecord } from 'express-llm/testing'
import { serveParent, textOf } from '../parent.ts'
import type { SeenFacts } from './facts.ts'
import { FAKES, numberIn, scenarioOf, type FakeName } from './scenario.ts'

const seed = Number(process.argv[2])

/** What came since it was last told; the records go on changing until their exchange is over. */
let seen: { readonly number: number; readonly fake: string; readonly record: FakeRequestRecord }[] = []

async function startFake(name: FakeName): Promise<FakeProvider> {
  const fake = await createFakeProvider({
    name,
    requestsMax: 1,
    // Some faults leave the answer to the provider.
    answer: ({ body }) => scenarioOf(seed, numberIn(body?.messages) ?? 0).text,
  })
  fake.always((request) => {
    const number = numberIn(request.body?.messages)
    if (number === undefined) return { status: 400 }
    const record = fake.requests.at(-1)
    if (record !== undefined) seen.push({ number, fake: name, record })
    return scenarioOf(seed, number).steps[name]
  })
  return fake
}

function takeSeen(): readonly SeenFacts[] {
  const taken = seen.map(({ number, fake, record: { outcome, usage } }) => ({
    number,
    fake,
    outcome,
    told: usage && {
      inputTokens: usage.promptTokens,
      outputTokens: usage.completionTokens,
      costUsd: usage.costUsd,
    },
  }))
  seen = []
  return taken
}

const fakes = await Promise.all(FAKES.map(startFake))
serveParent({ urls: fakes.map((fake) => fake.baseUrl) }, (question) => {
  if (textOf(question, 'what') === 'seen') return { seen: takeSeen() }
  return { sockets: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length }
})
