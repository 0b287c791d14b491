import type { ProviderOptions } from 'express-llm'
import {
  createFakeProvider,
  type FakeProvider,
  type FakeProviderOptions,
  type FakeStep,
} from 'express-llm/testing'
import { answerTo } from './answers.ts'

/** One provider of the demo, and the part that it plays. */
interface Part {
  /** The preset, so the first half of `instance/model`. */
  readonly instance: string
  readonly model: string
  readonly role: string
  /** With a key in this variable the real provider is asked. */
  readonly keyVariable?: string
  readonly behaviour: FakeProviderOptions
  /** What it does over and over once the demo's own requests are done; without it, it answers well. */
  readonly encore?: readonly FakeStep[]
}

// What a fake does with one request; when its script is over, it answers well.
const OK = {}
const BUSY = { status: 503 } as const
const CUT = { fault: 'reset-mid-body' } as const
const SOON = { status: 429, retryAfter: { ms: 300 } } as const
/** Longer than the router has patience for, so it goes elsewhere. */
const LATER = { status: 429, retryAfter: 20 } as const

const PARTS: readonly Part[] = [
  {
    instance: 'openai',
    model: 'gpt-4o',
    role: 'flaky: 503s and broken connections',
    keyVariable: 'OPENAI_API_KEY',
    behaviour: {
      latencyMs: 140,
      script: [OK, BUSY, OK, OK, CUT, CUT, OK, BUSY, BUSY, CUT],
    },
    // Answers; answers when it is asked again; leaves it to the fallback.
    encore: [OK, BUSY, OK, CUT, CUT],
  },
  {
    instance: 'anthropic',
    model: 'claude-sonnet-4-6',
    role: 'strong and dear',
    keyVariable: 'ANTHROPIC_API_KEY',
    behaviour: { latencyMs: 260 },
  },
  {
    instance: 'mistral',
    model: 'mistral-small-latest',
    role: 'rate limited: 429, and when to come back',
    keyVariable: 'MISTRAL_API_KEY',
    behaviour: {
      latencyMs: 80,
      script: [OK, OK, SOON, OK, OK, LATER, LATER, OK, SOON, LATER, OK, OK, LATER],
    },
    encore: [OK, SOON, OK, LATER],
  },
  {
    instance: 'groq',
    model: 'openai/gpt-oss-20b',
    role: 'fast and cheap',
    keyVariable: 'GROQ_API_KEY',
    behaviour: { latencyMs: 20 },
  },
  {
    instance: 'cohere',
    model: 'embed-v4.0',
    role: 'embeddings',
    keyVariable: 'COHERE_API_KEY',
    behaviour: { latencyMs: 30, script: [OK, BUSY] },
  },
  {
    instance: 'ollama',
    model: 'llama3.2',
    role: 'runs in the house: no price is known',
    behaviour: { latencyMs: 60 },
  },
]

/** A provider of this run. */
export interface CastMember {
  readonly target: string
  readonly instance: string
  readonly role: string
  /** Undefined when the real provider is asked. */
  readonly fake: FakeProvider | undefined
  /** The variable that decides; undefined when there is only the fake. */
  readonly keyVariable: string | undefined
  readonly encore: readonly FakeStep[] | undefined
}

/** Starts a fake for each provider without a key; `DEMO_FAKE=1` for all of them. */
export async function startProviders(env: NodeJS.ProcessEnv): Promise<readonly CastMember[]> {
  return await Promise.all(
    PARTS.map(async ({ instance, model, role, keyVariable, behaviour, encore }) => {
      const isReal = env['DEMO_FAKE'] !== '1' && keyVariable !== undefined && Boolean(env[keyVariable])
      const fake = isReal
        ? undefined
        : await createFakeProvider({ name: instance, answer: answerTo, ...behaviour })
      return { target: `${instance}/${model}`, instance, role, fake, keyVariable, encore }
    }),
  )
}

/** Keeps flaky fakes flaky, step by step and over again. */
export function startEncore(cast: readonly CastMember[]): void {
  for (const { fake, encore = [] } of cast) {
    let turn = 0
    fake?.always(() => encore[turn++ % encore.length] ?? OK)
  }
}

/** Presets whose address is a fake's; the real ones need no entry. */
export function providerOptions(cast: readonly CastMember[]): Record<string, ProviderOptions> {
  return Object.fromEntries(
    cast.flatMap(({ instance, fake }) =>
      fake === undefined ? [] : [[instance, { baseUrl: fake.baseUrl, apiKey: 'any-key-will-do' }]],
    ),
  )
}
