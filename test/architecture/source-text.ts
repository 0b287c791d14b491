/**
 * Just enough of TypeScript's grammar to read imports: comments, templates and regular expressions are blanked, quoted
 * strings stay, because specifiers are in them.
 */

/** Code without comments and without what stands inside templates and regular expressions; line breaks stay. */
export function withoutComments(text: string): string {
  let out = ''
  let at = 0
  while (at < text.length) {
    const end = skipAt(text, at, out)
    if (end === undefined) out += text[at++]
    else {
      const isQuoted = text[at] === '"' || text[at] === "'"
      out += isQuoted ? text.slice(at, end) : blank(text.slice(at, end))
      at = end
    }
  }
  return out
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ')
}

/** Where the comment, string, template or expression that begins here ends; undefined when none begins here. */
function skipAt(text: string, at: number, before: string): number | undefined {
  const two = text.slice(at, at + 2)
  if (two === '//') return endOf(text, '\n', at, 0)
  if (two === '/*') return endOf(text, '*/', at + 2, 2)
  const [char] = two
  if (char === '"' || char === "'") return closing(text, at, char)
  if (char === '`') return templateEnd(text, at)
  if (char === '/' && isExpressionNext(before)) return regularExpressionEnd(text, at)
  return undefined
}

function endOf(text: string, mark: string, from: number, length: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? text.length : found + length
}

function closing(text: string, at: number, quote: string): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === quote) return i + 1
  }
  return text.length
}

function templateEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '`') return i + 1
    else if (text[i] === '$' && text[i + 1] === '{') i = substitutionEnd(text, i + 2) - 1
  }
  return text.length
}

function substitutionEnd(text: string, from: number): number {
  let depth = 1
  let at = from
  while (at < text.length) {
    const end = skipAt(text, at, text.slice(from, at))
    if (end !== undefined) at = end
    else {
      if (text[at] === '{') depth++
      if (text[at] === '}' && --depth === 0) return at + 1
      at++
    }
  }
  return text.length
}

/** A slash begins a regular expression where a value may stand, and divides elsewhere. */
function isExpressionNext(before: string): boolean {
  return /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of))\s*$/.test(before.slice(-40))
}

function regularExpressionEnd(text: string, at: number): number | undefined {
  let isInClass = false
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i]
    if (char === '\n') return undefined
    if (char === '\\') i++
    else if (char === '[') isInClass = true
    else if (char === ']') isInClass = false
    else if (char === '/' && !isInClass) return i + 1
  }
  return undefined
}
