/** The page of examples/streaming.ts in a real browser. The witness is the log of the fake provider behind the app. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createFakeProvider, type FakeProvider } from '../../src/testing/fake/provider.ts'
import { runExample, type RunningExample } from '../support/run-example.ts'
import { canOpenBrowser, openBrowser } from './browser.ts'
import { watchWay, type WatchedWay } from './watched-way.ts'

const ANSWER =
  'Air scatters short waves of sunlight more than long ones. So blue comes from everywhere. '.repeat(3)
const QUESTION = 'Why is the sky blue?'
/** How soon the provider must see that the browser has gone, ms, where the machine has nothing else to do. */
const HANG_UP_MAX_MS = 100

interface Scene {
  readonly fake: FakeProvider
  readonly program: RunningExample
  readonly way: WatchedWay
  readonly page: Page
  /** The part of the page that is in this state. */
  readonly answer: (state: string) => Locator
  /** Texts and states that the browser has painted so far, oldest first. */
  readonly painted: () => Promise<readonly { readonly text: string; readonly state: string }[]>
}

describe.skipIf(!canOpenBrowser())('examples/streaming.ts in a browser', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await openBrowser()
  })

  afterAll(() => browser.close())

  async function open(script: Parameters<FakeProvider['script']>[0] = [], width = 1000): Promise<Scene> {
    const fake = await createFakeProvider({ answer: ANSWER, firstTokenDelayMs: 50, tokenDelayMs: 10, script })
    const program = runExample(['examples/streaming.ts'], { FAKE_URL: fake.baseUrl, PORT: '0' })
    const [, origin = ''] = await program.until(/listening on (\S+)/)
    const way = await watchWay(origin)
    const context = await browser.newContext({ viewport: { width, height: 700 } })
    onTestFinished(async () => {
      await context.close()
      way.close()
      program.kill('SIGKILL')
      await program.ended()
      await fake.close()
    })
    const page = await context.newPage()
    await page.addInitScript({ content: KEEP_PAINTED })
    await page.goto(way.origin)
    return {
      fake,
      program,
      way,
      page,
      answer: (state) => page.locator(`[data-state=${state}]`),
      painted: () => page.evaluate('painted'),
    }
  }

  test('words appear one after the other, and the end is the whole answer', async () => {
    const { page, answer, painted } = await open()
    await ask(page)
    await answer('complete').waitFor()
    expect(await answer('complete').locator('.text').textContent()).toBe(ANSWER)

    const partly = (await painted()).filter(({ state }) => state === 'streaming')
    expect(partly.length).toBeGreaterThan(5)
    for (const { text } of partly) expect(ANSWER.startsWith(text)).toBe(true)
    expect(await answer('complete').locator('.facts').textContent()).toContain('groq/openai/gpt-oss-20b')
    await answer('complete')
      .getByText(/^\$0\.\d+$/)
      .waitFor()
    await answer('complete')
      .getByText(/^\d+ tokens in, \d+ out$/)
      .waitFor()
  })

  test('words are there although the next one has not come', async () => {
    const { page, answer, fake } = await open([{ fault: 'stall', afterTokens: 3 }])
    await ask(page)
    await fake.waitForTokens(3)
    await answer('streaming').getByText(ANSWER.slice(0, 12), { exact: true }).waitFor()
    expect(fake.requests.map(({ tokensSent }) => tokensSent)).toEqual([3])
  })

  test('a provider that breaks before its first word goes unseen', async () => {
    const { page, answer, painted, fake } = await open([{ fault: 'cut', how: 'reset', afterTokens: 0 }])
    await ask(page)
    await answer('complete').waitFor()
    expect(await answer('complete').locator('.text').textContent()).toBe(ANSWER)
    expect(statesOf(await painted())).toEqual(['waiting', 'streaming', 'complete'])
    expect(fake.requests.map(({ model }) => model)).toEqual(['openai/gpt-oss-20b', 'gpt-4o-mini'])
    expect(await answer('complete').locator('.facts').textContent()).toContain('1 failed before it')
  })

  test('a provider that breaks after that leaves an answer that is shown as incomplete', async () => {
    const { page, answer, painted } = await open([{ fault: 'cut', how: 'reset', afterTokens: 8 }])
    await ask(page)
    await answer('incomplete')
      .getByText(/incomplete.*broke off/)
      .waitFor()
    expect(await answer('incomplete').locator('.text').textContent()).toBe(ANSWER.slice(0, 32))
    // The cost of what came.
    await answer('incomplete')
      .getByText(/about \$0\.\d+/)
      .waitFor()
    expect(statesOf(await painted())).toEqual(['waiting', 'streaming', 'incomplete'])
  })

  test('so does an app that dies', async () => {
    const { page, answer, painted, program } = await open([{ fault: 'stall', afterTokens: 3 }])
    await ask(page)
    await answer('streaming').getByText(/^Air/).waitFor()
    program.kill('SIGKILL')
    await answer('incomplete').waitFor()
    expect(statesOf(await painted())).toEqual(['waiting', 'streaming', 'incomplete'])
  })

  test('so does a stream that ends in order, but without [DONE]', async () => {
    const { page, answer, painted } = await open()
    const body = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Air' } }] })}\n\n`
    await page.route('**/chat', (route) => route.fulfill({ contentType: 'text/event-stream', body }))
    await ask(page)
    await answer('incomplete').waitFor()
    expect(statesOf(await painted())).not.toContain('complete')
  })

  test('when nobody answers, the page says so and shows no answer', async () => {
    const { page, answer } = await open([{ status: 401 }, { status: 404 }])
    await ask(page)
    await answer('failed')
      .getByText(/^No answer: /)
      .waitFor()
    expect(await answer('failed').locator('.text').textContent()).toBe('')
  })

  const STALLED = [{ fault: 'stall', afterTokens: 8 }] as const

  /** A call that has come as far as its eighth word. */
  async function underWay(): Promise<Scene & { readonly reportUrl: string }> {
    const scene = await open(STALLED)
    const response = scene.page.waitForResponse('**/chat')
    await ask(scene.page)
    await scene.answer('streaming').getByText(ANSWER.slice(0, 32), { exact: true }).waitFor()
    const callId = (await response).headers()['x-llm-call-id']
    // The first is slower than all that follow.
    await anyRequestMs(scene.way)
    return { ...scene, reportUrl: `${scene.way.origin}/calls/${callId}` }
  }

  /** How the provider was left, and how the call ended. */
  async function leaving({ fake, way, reportUrl }: Awaited<ReturnType<typeof underWay>>): Promise<object> {
    const hungUpAtMs = await way.hungUp('POST /chat')
    const busyMs = await anyRequestMs(way)
    const { closedAtMs = Number.POSITIVE_INFINITY, tokensSent } = await fake.waitForClose()
    const afterMs = closedAtMs - hungUpAtMs
    return {
      left: afterMs < HANG_UP_MAX_MS + busyMs ? 'at once' : `after ${afterMs} ms, others take ${busyMs} ms`,
      tokensSent,
      requests: fake.requests.length,
      report: await (await fetch(reportUrl)).json(),
    }
  }

  const AT_ONCE = {
    left: 'at once',
    tokensSent: 8,
    requests: 1,
    report: {
      outcome: 'cancelled',
      costStatus: 'estimated',
      costUsd: expect.any(Number),
      inputTokens: expect.any(Number),
      outputTokens: 8,
      timeToFirstTokenMs: expect.any(Number),
      latencyMs: expect.any(Number),
    },
  }

  test('when the tab is closed, the provider is left at once, and what came is billed', async () => {
    const scene = await underWay()
    await scene.page.close()
    expect(await leaving(scene)).toEqual(AT_ONCE)
  })

  test('when the tab goes to another page, too', async () => {
    const scene = await underWay()
    await scene.page.goto('about:blank')
    expect(await leaving(scene)).toEqual(AT_ONCE)
  })

  test.each(['the Stop button', 'Escape'])('with %s, too, and the page says it', async (how) => {
    const scene = await underWay()
    const { page, answer, painted } = scene
    if (how === 'Escape') await page.keyboard.press('Escape')
    else await page.getByRole('button', { name: 'Stop' }).click()
    expect(await leaving(scene)).toEqual(AT_ONCE)
    await answer('stopped').getByText('The answer is incomplete.').waitFor()
    await answer('stopped')
      .getByText(/about \$0\.\d+/)
      .waitFor()
    expect(statesOf(await painted())).toEqual(['waiting', 'streaming', 'stopped'])

    // And the next question is answered.
    await ask(page)
    await answer('complete').waitFor()
  })

  test('the page fits a phone, answers and all', async () => {
    const { page, answer } = await open([], 320)
    await ask(page, `${QUESTION} ${'o'.repeat(200)}`)
    await answer('complete')
      .getByText(/\$0\.\d+/)
      .waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
  })
})

/** What the app takes for a request that has nothing to do with all this: what a busy machine adds to everything. */
async function anyRequestMs({ origin }: WatchedWay): Promise<number> {
  const startedAtMs = Date.now()
  await (await fetch(`${origin}/suggestions`)).arrayBuffer()
  return Date.now() - startedAtMs
}

async function ask(page: Page, question = QUESTION): Promise<void> {
  await page.getByLabel('Your question').fill(question)
  await page.keyboard.press('Enter')
}

function statesOf(painted: readonly { readonly state: string }[]): readonly string[] {
  return painted.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1])
}

/** Before each frame, what it will show, where that has changed. */
const KEEP_PAINTED = `
  const painted = (globalThis.painted = [])
  const look = () => {
    requestAnimationFrame(look)
    const text = document.querySelector('.text')?.textContent
    const state = document.querySelector('[data-state]')?.dataset.state
    const last = painted.at(-1)
    if (state && (last?.text !== text || last?.state !== state)) painted.push({ text, state })
  }
  look()
`
