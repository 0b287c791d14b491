/** Providers for whoever has no key: fakes that write at the pace of real models, and fail when they are asked to. */
import type { ProviderOptions } from 'express-llm'
import { createFakeProvider, type FakeRequest } from 'express-llm/testing'
import { providers as atFakeUrl } from '../fake-url.ts'

const { env } = process
const hasProviders = Boolean(env['FAKE_URL'] || env['GROQ_API_KEY'] || env['OPENAI_API_KEY'])

const SKY = 'Why is the sky blue?'
const STORY = 'Tell me a story about a lighthouse.'
const BUSY = 'What if the first provider has no capacity?'
const BREAK = 'What if the stream breaks off?'

const ANSWERS: Readonly<Record<string, string>> = {
  [SKY]:
    'Air scatters short waves of sunlight far more than long ones, so blue reaches the eye from every direction. ' +
    'At sunset the light crosses more air, most of the blue is scattered away, and the sky turns red.',
  [STORY]:
    'Nobody had climbed the lighthouse of Varn since the lamp became electric. Then, one night in November, the ' +
    'current failed, and the ferry was still out.\n\nIda took the stairs with a storm lantern in each hand. There ' +
    'were two hundred and eleven of them; she had counted them as a child, when her grandfather kept the oil. At the ' +
    'top the glass was dull with salt, and she wiped it with her sleeve until it let the light through.\n\n' +
    'She hung both lanterns behind the great lens. It was not much. But the lens had been made for an oil flame, and ' +
    'it remembered what to do: from the sea, the captain said later, it looked as if somebody had opened a door.',
  [BUSY]:
    'Then it is asked once more, and after that the next one answers. The line below tells which one, and how many ' +
    'attempts failed before it. Nothing of that reached this page but a moment of waiting.',
  [BREAK]:
    'Then you are told. These words came before the connection was reset, and they cannot be taken back; so the page ' +
    'must not make them look like an answer that is complete, which this one never will be.',
}

function answerTo(request: FakeRequest): string {
  return (
    ANSWERS[lastWordsOf(request)] ?? 'A fake wrote this. With a real key in the environment, a model would.'
  )
}

function lastWordsOf({ body }: FakeRequest): string {
  const content = body?.messages?.at(-1)?.content
  return typeof content === 'string' ? content : ''
}

const fakes = hasProviders ? [] : await Promise.all([start('groq', 250, 25), start('openai', 450, 35)])

async function start(name: string, firstTokenDelayMs: number, tokenDelayMs: number) {
  const fake = await createFakeProvider({ name, answer: answerTo, firstTokenDelayMs, tokenDelayMs })
  if (name === 'groq') fake.when((request) => lastWordsOf(request) === BUSY, { status: 503 })
  fake.when((request) => lastWordsOf(request) === BREAK, { fault: 'cut', how: 'reset', afterTokens: 30 })
  return fake
}

if (fakes.length > 0) console.log('Neither GROQ_API_KEY nor OPENAI_API_KEY is set, so fakes answer.')

export const providers: Record<string, ProviderOptions> =
  fakes.length === 0
    ? atFakeUrl
    : Object.fromEntries(fakes.map(({ name, baseUrl }) => [name, { baseUrl, apiKey: 'any' }]))

/** What the page offers to ask. */
export const suggestions = {
  isFake: fakes.length > 0,
  questions: fakes.length > 0 ? [SKY, STORY, BUSY, BREAK] : [SKY, STORY],
}

export async function stopFakes(): Promise<void> {
  await Promise.all(fakes.map((fake) => fake.close()))
}
