import { readFileSync } from 'node:fs'

/** The source of an exported type: from its name to the next empty line. */
export function sourceOf(path: string, name: string): string {
  const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const start = source.indexOf(`export type ${name}`)
  if (start === -1) throw new Error(`${path} has no type ${name}`)
  return source.slice(start, source.indexOf('\n\n', start))
}
