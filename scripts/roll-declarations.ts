/** `.cache/types` → `dist/*.d.ts`: one file for each entry, one for what they share, and nothing that none of them needs. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rollDeclarations } from './declarations/roll.ts'
import { ENTRIES } from './entries.ts'

const FROM = new URL('../.cache/types/', import.meta.url)
const TO = new URL('../dist/', import.meta.url)

const paths = readdirSync(FROM, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.d.ts'))
  .map((path) => path.replaceAll('\\', '/'))
  .toSorted()
const files = new Map(paths.map((path) => [path, readFileSync(new URL(path, FROM), 'utf8')]))
mkdirSync(TO, { recursive: true })
for (const [path, text] of rollDeclarations(
  files,
  ENTRIES.map((name) => `${name}.d.ts`),
)) {
  writeFileSync(new URL(path, TO), text)
}
