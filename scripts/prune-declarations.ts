/**
 * Last step of the build: removes the declarations that no public entry leads to, most of them. Nobody can import
 * them through the exports map, and each install would carry them.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dirname, join } from 'node:path'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}

const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
const entries = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.types]))

const reached = new Set<string>()
const open = entries.map((entry) => join(ROOT, entry))
for (let file = open.pop(); file !== undefined; file = open.pop()) {
  if (reached.has(file)) continue
  reached.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
    open.push(join(dirname(file), (specifier ?? '').replace(/\.[jt]s$/, '.d.ts')))
  }
}

for (const name of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
  const file = join(DIST, name)
  if (name.endsWith('.d.ts') && !reached.has(file)) rmSync(file)
}
