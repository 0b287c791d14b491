import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** CHROMIUM_PATH, or a Chromium (or Chrome) in one of its usual places; undefined when this machine has none. */
export const chromiumPath = [process.env['CHROMIUM_PATH'] ?? '', ...USUAL_PLACES].find(existsSync)

/** @throws Error when there is no Chromium, where BROWSER_REQUIRED=1 says that there must be one */
export function canOpenBrowser(): boolean {
  if (chromiumPath !== undefined) return true
  const message = 'There is no Chromium on this machine (CHROMIUM_PATH can say where it is)'
  if (process.env['BROWSER_REQUIRED'] === '1') throw new Error(message)
  console.warn(`\n!!! THE BROWSER TESTS DO NOT RUN. ${message}. !!!\n`)
  return false
}

export async function openBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('no Chromium')
  // Its sandbox wants rights that containers do not give; it opens no page but ours.
  return await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
}
