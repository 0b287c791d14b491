import { readFileSync } from 'node:fs'

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
}

const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest

/** What the exports map offers, each `src/{name}.ts` and `dist/{name}.js`. */
export const ENTRIES: readonly string[] = Object.values(exports).flatMap((entry) => {
  if (typeof entry === 'string') return []
  const name = /^\.\/dist\/([\w-]+)\.js$/.exec(entry.default)?.[1]
  if (name === undefined) throw new Error(`package.json: ${entry.default} is not dist/{name}.js`)
  return [name]
})
