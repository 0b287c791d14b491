/** One thing that a run has looked at. */
export interface Check {
  readonly name: string
  readonly isKept: boolean
  readonly detail: string
}

/** A check that nothing was found. */
export function none(name: string, found: readonly string[]): Check {
  const more = found.length > 5 ? ` and ${found.length - 5} more` : ''
  const detail = found.length === 0 ? 'none' : found.slice(0, 5).join('; ') + more
  return { name, isKept: found.length === 0, detail }
}

export function checkLine({ isKept, name, detail }: Check): string {
  return `${isKept ? 'kept  ' : 'BROKEN'}  ${name}: ${detail}`
}
