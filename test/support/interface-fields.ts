import { readFileSync } from 'node:fs'

const ROOT = new URL('../../', import.meta.url)

/** A field of an interface, as its docstring describes it. */
export interface InterfaceField {
  readonly name: string
  readonly isRequired: boolean
  /** What stands after `@default`; undefined when nothing does. */
  readonly defaultText: string | undefined
  /** The docstring without tags. */
  readonly text: string
}

/** Fields of an exported interface, in their order, read from its source. */
export function fieldsOf(path: string, name: string): readonly InterfaceField[] {
  const source = readFileSync(new URL(path, ROOT), 'utf8')
  const start = source.search(new RegExp(`^export interface ${name}\\b`, 'm'))
  if (start === -1) throw new Error(`${path} has no interface ${name}`)
  const body = source.slice(start, source.indexOf('\n}', start))
  const fields = body.matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s+)?readonly (\w+)(\??):/g)
  return [...fields].map(([, comment = '', field = '', optional]) => {
    const [text = '', defaultText] = wordsOf(comment).split(/\s*@default /)
    return { name: field, isRequired: optional === '', defaultText, text: plain(text) }
  })
}

function wordsOf(comment: string): string {
  return comment
    .replaceAll(/^\s*\* ?/gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function plain(text: string): string {
  return text.replaceAll(/\{@link (\w+)\}/g, '`$1`').trim()
}
