/** The providers of the story, in a process of their own: real HTTP servers, each in the mode that it was told. */
import { createFakeProvider, type FakeProvider, type FakeRequestRecord } from 'express-llm/testing'
import { serveParent } from '../parent.ts'
import { createDice } from '../random.ts'
import { askedIn, textFor, TOKEN_DELAY_MS } from './asked.ts'
import { PROVIDERS, roleOf, type ProviderName } from './cast.ts'
import type { ProviderRequest } from './facts.ts'
import { FixedWindow } from './fixed-window.ts'
import { createStallMeter } from './stall.ts'
import { stepFor, type ProviderMode } from './provider-mode.ts'

/** What the director says to this process. */
export type ProviderOrder =
  | { readonly what: 'mode'; readonly provider: ProviderName; readonly mode: ProviderMode }
  /** A limit of its own, instead of the usual one. */
  | {
      readonly what: 'limit'
      readonly provider: ProviderName
      readonly requestsPerMinute: number | undefined
    }
  /** What has come since it was last asked. */
  | { readonly what: 'seen' }

/** What it answers to `seen`. */
export interface ProvidersFacts {
  readonly seen: readonly ProviderRequest[]
  /** The longest time in which it could do nothing, ms. */
  readonly stallMs: number
}

const stalls = createStallMeter()
const dice = createDice(Number(process.argv[2]))

interface Seen {
  readonly number: number
  readonly provider: ProviderName
  readonly record: FakeRequestRecord
}

/** The records go on changing until their exchange is over. */
let seen: Seen[] = []

const MINUTE_MS = 60_000

/** One provider on the stage. */
class Actor {
  readonly #name: ProviderName
  readonly #window = new FixedWindow(MINUTE_MS)
  #fake: FakeProvider | undefined
  #mode: ProviderMode = { kind: 'healthy' }
  requestsPerMinute: number | undefined

  constructor(name: ProviderName) {
    this.#name = name
    this.requestsPerMinute = roleOf(name).requestsPerMinute
  }

  async start(): Promise<string> {
    const fake = await createFakeProvider({ name: this.#name, requestsMax: 1 })
    this.#fake = fake
    fake.always((request) => {
      const asked = askedIn(request.body?.messages)
      if (asked === undefined) return { status: 400 }
      const record = fake.requests.at(-1)
      if (record !== undefined) seen.push({ number: asked.number, provider: this.#name, record })
      const nowMs = Date.now()
      return stepFor(this.#mode, roleOf(this.#name), {
        nowMs,
        dice,
        window: this.#verdict(nowMs),
        text: textFor(asked),
        tokenDelayMs: TOKEN_DELAY_MS[asked.length],
      })
    })
    return fake.baseUrl
  }

  async become(mode: ProviderMode): Promise<void> {
    this.#mode = mode
    if (mode.kind === 'refusing') await this.#fake?.stop()
    else await this.#fake?.start()
  }

  /** Only who answers keeps a limit. */
  #verdict(nowMs: number): ReturnType<FixedWindow['take']> | undefined {
    if (this.requestsPerMinute === undefined || this.#mode.kind === 'errors') return undefined
    return this.#window.take(nowMs, this.requestsPerMinute)
  }
}

const actors = new Map(PROVIDERS.map((name) => [name, new Actor(name)]))

async function obey(order: ProviderOrder): Promise<object> {
  if (order.what === 'seen') return { seen: takeSeen(), stallMs: stalls.take() }
  const actor = actors.get(order.provider)
  if (actor === undefined) throw new Error(`there is no provider ${order.provider}`)
  if (order.what === 'limit') actor.requestsPerMinute = order.requestsPerMinute
  else await actor.become(order.mode)
  return { atMs: Date.now() }
}

function takeSeen(): readonly ProviderRequest[] {
  const taken = seen.map(({ number, provider, record: { receivedAtMs, outcome, status, usage } }) => ({
    number,
    provider,
    atMs: receivedAtMs,
    isAnswered: outcome === 'answered',
    status,
    usage: usage && { inputTokens: usage.promptTokens, outputTokens: usage.completionTokens },
  }))
  seen = []
  return taken
}

const urls = Object.fromEntries(
  await Promise.all([...actors].map(async ([name, actor]) => [name, await actor.start()] as const)),
)
serveParent({ urls }, (order) => obey(order as ProviderOrder))
