/** After `changeset version`: puts the new version where spans and metrics take it from. */
import { readFileSync, writeFileSync } from 'node:fs'

const MANIFEST = new URL('../package.json', import.meta.url)
const SOURCE = new URL('../src/surface/version.ts', import.meta.url)

const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { readonly version: string }
const before = readFileSync(SOURCE, 'utf8')
const after = before.replace(/(?<=VERSION = ')[^']*/, version)
if (!after.includes(`'${version}'`))
  throw new Error('src/surface/version.ts does not hold the version any more')
writeFileSync(SOURCE, after)
