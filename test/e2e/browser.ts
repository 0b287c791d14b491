import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const ON_A_MAC = ['Chromium', 'Google Chrome'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
)

const { PATH = '', CHROMIUM_PATH = '' } = process.env

/** CHROMIUM_PATH, or the first Chromium (or Chrome) on the path; undefined when this machine has none. */
const chromiumPath = [
  CHROMIUM_PATH,
  ...PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name))),
  ...ON_A_MAC,
].find(existsSync)

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
