/** SIGTERM to a real server under load. */
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { FakeProviderServerOptions } from '../../src/testing/fake/provider.ts'
import { aFake } from '../support/app.ts'
import { runExample } from '../support/run-example.ts'
import { arriving } from './support/piped.ts'

const APP = fileURLToPath(new URL('apps/draining.ts', import.meta.url))
const TIMEOUT_MS = 30_000

async function anApp(drainMs: number, options: FakeProviderServerOptions) {
  const fake = await aFake(options)
  const program = runExample([APP], {
    FAKE_URL: fake.baseUrl,
    DRAIN_MS: String(drainMs),
    NODE_NO_WARNINGS: '1',
  })
  onTestFinished(() => program.kill('SIGKILL'))
  const [, origin = ''] = await program.until(/listening on (\S+)/)
  return { fake, program, origin }
}

/** Streams under way, each with its first words here. */
function streams(origin: string, count: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { body } = await fetch(`${origin}/chat`)
      if (body === null) throw new Error('no body')
      const reading = arriving(body)
      await reading.until('\n\n')
      return reading
    }),
  )
}

/** Asks again and again until nobody answers. @returns the statuses in order */
async function asking(url: string): Promise<number[]> {
  const statuses: number[] = []
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
      await response.text()
      statuses.push(response.status)
    } catch {
      // The server has stopped listening.
      return statuses
    }
  }
}

async function seen503(url: string): Promise<void> {
  while ((await fetch(url)).status !== 503) continue
}

/** A stream of more than a second. */
const STORY = {
  answer: 'word '.repeat(60).trim(),
  tokenDelayMs: 20,
} satisfies FakeProviderServerOptions

test(
  'under load: streams under way end well, new calls are a 503, and the process ends',
  { timeout: TIMEOUT_MS },
  async () => {
    const { program, origin } = await anApp(20_000, STORY)
    const load = Promise.all([1, 2, 3].map(() => asking(`${origin}/ask`)))
    const underWay = await streams(origin, 12)
    program.kill('SIGTERM')
    // While streams go on, the server says that it wants no more.
    await seen503(`${origin}/ready`)
    const texts = await Promise.all(underWay.map((stream) => stream.rest()))
    expect(texts.filter((text) => text.endsWith('data: [DONE]\n\n'))).toHaveLength(12)
    for (const statuses of await load) {
      // First answers, then refusals, nothing else and nothing in between.
      expect(statuses.join(' ')).toMatch(/^(200 ?)*(503 ?)+$/)
    }
    expect(await program.ended()).toEqual({ code: 0, signal: null })
    expect(program.text()).toMatch(/closed after \d+ calls, exact/)
  },
)

test(
  'a stream that is longer than the limit ends with an error event and without [DONE], in time',
  { timeout: TIMEOUT_MS },
  async () => {
    const { fake, program, origin } = await anApp(300, {
      script: [{ ...STORY, fault: 'stall', afterTokens: 5 }],
    })
    const [stream] = await streams(origin, 1)
    const startedMs = performance.now()
    program.kill('SIGTERM')
    const text = (await stream?.rest()) ?? ''
    expect(text).toMatch(/data: \{"error":\{[^\n]*"code":"router_closed"\}\}\n\n$/)
    expect(text).not.toContain('[DONE]')
    expect(await program.ended()).toEqual({ code: 0, signal: null })
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(290)
    expect(program.text()).toMatch(/closed after 1 calls, estimated/)
    expect((await fake.waitForClose()).outcome).toBe('client-closed')
  },
)
