/**
 * `ui` → `dist/ui`: the page of the dashboard, with the scripts and styles that it needs. Their names hold a hash of what is in
 * them, so that browsers may keep them for ever.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const UI = fileURLToPath(new URL('../ui/', import.meta.url))
const TO = fileURLToPath(new URL('../dist/ui/', import.meta.url))

await build({
  root: UI,
  configFile: false,
  publicDir: false,
  logLevel: 'warn',
  // Wherever the app mounts it.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: TO,
    emptyOutDir: true,
    // Browsers that know `light-dark()`.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The page's Content-Security-Policy has no room for data: scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})

// Nothing is painted before the page has chosen light or dark: no flash of the other one.
const page = `${TO}index.html`
const html = readFileSync(page, 'utf8')
const blocking = html.replace('<script type="module" crossorigin', '<script type="module" blocking="render"')
if (blocking === html) throw new Error('dist/ui/index.html has no script as expected')
writeFileSync(page, blocking.replace('<link rel="stylesheet" crossorigin', '<link rel="stylesheet"'))
