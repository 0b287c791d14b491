/** `tiers.cheap[1]`, `targets["openai/gpt-4o"].price`: an option's place, as one would write it. */
export function optionPath(...segments: readonly PropertyKey[]): string {
  return segments.reduce<string>((path, segment) => {
    if (typeof segment === 'number') return `${path}[${segment}]`
    const name = String(segment)
    if (!/^[\w-]{1,80}$/.test(name)) return `${path}[${shortened(name)}]`
    return path === '' ? name : `${path}.${name}`
  }, '')
}

/** What stands at this place, or undefined. */
export function valueAt(root: unknown, segments: readonly PropertyKey[]): unknown {
  let value: unknown = root
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined
    value = Reflect.get(value, segment)
  }
  return value
}

const SHOWN_MAX_CHARACTERS = 80

/** In quotes, and cut where it is longer than anybody reads. */
export function shortened(text: string): string {
  return JSON.stringify(text.length > SHOWN_MAX_CHARACTERS ? `${text.slice(0, SHOWN_MAX_CHARACTERS)}…` : text)
}
