/**
 * What the language itself calls this object: `Map`, `URL`, `Promise`.
 *
 * @returns undefined for a plain object, and for instances of the app's own classes
 */
export function builtInName(value: object): string | undefined {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  return PLAIN.has(tag) ? undefined : tag
}

/** `Module` is what `import * as options` gives. */
const PLAIN = new Set(['Object', 'Module'])
