import express, { type Express } from 'express'
import { onTestFinished } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import type { OpenaiEndpointOptions } from '../../src/endpoints/endpoint-options.ts'
import { openaiEndpoint } from '../../src/endpoints/openai-endpoint.ts'
import { llm } from '../../src/middleware/llm.ts'
import type { Llm } from '../../src/surface/llm.ts'
import type { FakeProvider, FakeProviderServerOptions } from '../../src/testing/fake/provider.ts'
import { aFake, aRouter, providersOf, served, type LogLine } from './app.ts'

/** A fake provider and a router with three tiers over it. */
export async function aRoutedFake(
  fakeOptions: FakeProviderServerOptions = {},
  options: Partial<RouterOptions> = {},
) {
  const fake = await aFake(fakeOptions)
  const { router, lines } = aRouter({
    tiers: { premium: ['fake/large'], cheap: ['fake/small'], vectors: ['fake/embed'] },
    defaultTier: 'cheap',
    tasks: { coding: 'premium' },
    aliases: { best: 'fake/large', default: 'cheap' },
    targets: { 'fake/small': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } } },
    retry: { retriesPerTarget: 0 },
    providers: providersOf({ fake }),
    ...options,
  })
  return { fake, router, lines }
}

export interface Door {
  /** `http://127.0.0.1:{port}/v1` */
  readonly baseURL: string
  readonly fake: FakeProvider
  readonly lines: readonly LogLine[]
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
}

interface DoorOptions {
  readonly fake?: FakeProviderServerOptions
  readonly router?: Partial<RouterOptions>
  readonly door?: Partial<OpenaiEndpointOptions>
  /** Mounts the door itself. @default at /v1 of an Express app */
  mount?(door: ReturnType<typeof openaiEndpoint>): Parameters<typeof served>[0]
}

/** A served door; anybody may come in unless the options say otherwise. */
export async function aDoor(options: DoorOptions = {}): Promise<Door> {
  const { fake, router, lines } = await aRoutedFake(options.fake, options.router)
  const endpoint = openaiEndpoint(router, { authorize: () => ({}), ...options.door })
  const url = await served(options.mount?.(endpoint) ?? mounted(endpoint))
  const baseURL = `${url}/v1`
  return {
    baseURL,
    fake,
    lines,
    post: (path, body, headers = {}) =>
      fetch(`${baseURL}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  }
}

function mounted(endpoint: ReturnType<typeof openaiEndpoint>): Express {
  const app = express()
  app.use('/v1', endpoint)
  return app
}

/** A client's way in: its base URL and key, and, in process, the fetch that it is given. */
export interface Way {
  readonly baseURL: string
  readonly apiKey: string
  readonly fetch: typeof globalThis.fetch
  readonly fake: FakeProvider
}

export const WAYS = ['the door', 'req.llm.fetch'] as const

/** Through the door over HTTP, or through `req.llm.fetch` of a request that is open until the test is done. */
export async function aWay(
  name: (typeof WAYS)[number],
  fakeOptions: FakeProviderServerOptions = {},
): Promise<Way> {
  const apiKey = 'sk-a-client-of-the-test'
  if (name === 'the door') {
    const { baseURL, fake } = await aDoor({ fake: fakeOptions })
    return { baseURL, apiKey, fetch: globalThis.fetch, fake }
  }
  const { fake, router } = await aRoutedFake(fakeOptions)
  const surface = await aRequest(llm(router))
  return { baseURL: 'http://nowhere.invalid/api/v1', apiKey, fetch: surface.fetch, fake }
}

/** `req.llm` of a request that stays open until the test is done. */
export async function aRequest(middleware: ReturnType<typeof llm>): Promise<Llm> {
  const app = express()
  app.use(middleware)
  const attached = Promise.withResolvers<Llm>()
  const leave = new AbortController()
  app.get('/work', (req) => attached.resolve(req.llm))
  const url = await served(app)
  const open = fetch(`${url}/work`, { signal: leave.signal }).catch(() => undefined)
  onTestFinished(async () => {
    leave.abort()
    await open
  })
  return await attached.promise
}
