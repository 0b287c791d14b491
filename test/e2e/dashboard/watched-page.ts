/** A page of the dashboard in a browser, with everything that it complains of. */
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { NOW_MS } from './sample-calls.ts'

export interface WatchedPage {
  readonly page: Page
  /** Errors and warnings of the console (violations of its policy are among them), and what was thrown and not caught. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export interface PageOptions extends BrowserContextOptions {
  readonly width?: number
  /** @default NOW_MS; undefined: the real time */
  readonly nowMs?: number | undefined
}

export async function openPage(
  browser: Browser,
  url: string,
  options: PageOptions = {},
): Promise<WatchedPage> {
  const { width = 1280, nowMs = 'nowMs' in options ? undefined : NOW_MS, ...rest } = options
  const context = await browser.newContext({
    viewport: { width, height: 860 },
    reducedMotion: 'reduce',
    ...rest,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  if (nowMs !== undefined) await page.clock.setFixedTime(nowMs)
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}

/** What axe-core finds wrong, as rule and place. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { passes, violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  )
  if (!passes.some(({ id }) => id === 'color-contrast')) return ['axe has not looked at the page']
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${String(target)}`))
}

interface AxeResults {
  readonly passes: readonly { readonly id: string }[]
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly target: unknown }[]
  }[]
}

/** How much wider than its window the page is, px. */
export async function overflowOf(page: Page): Promise<number> {
  return await page.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - innerWidth)')
}

/** What has the focus: its name, or its text. */
export async function focusedName(page: Page): Promise<string> {
  return await page.evaluate<string>(
    `(() => { const { activeElement: e } = document; return e.getAttribute('aria-label') || e.textContent.trim() || e.tagName })()`,
  )
}

/** How much of a chart is in the colours of its lines: everything else in it is grey. */
export async function bluePixelsOf(page: Page, heading: string): Promise<number> {
  return await page.evaluate<number>(`(() => {
    const card = [...document.querySelectorAll('section')].findLast((each) => each.textContent.includes('${heading}'))
    const canvas = card?.querySelector('canvas')
    const { data = [] } = canvas?.getContext('2d').getImageData(0, 0, canvas.width, canvas.height) ?? {}
    return data.filter((red, at) => at % 4 === 0 && data[at + 2] - red > 60).length
  })()`)
}

/** Is a text cut off, and is that to be seen? */
export async function cutOf(page: Page, title: string): Promise<{ isCut: boolean; sign: string }> {
  return await page.evaluate<{ isCut: boolean; sign: string }>(`(() => {
    const element = document.querySelector('[title="${title}"]')
    return { isCut: element.scrollWidth > element.clientWidth, sign: getComputedStyle(element).textOverflow }
  })()`)
}
