/** A table as the demo prints it, read back: by the rule under its titles, which marks where columns begin and end. */
export interface PrintedTable {
  readonly titles: readonly string[]
  readonly rows: readonly Readonly<Record<string, string>>[]
}

/** The table under this heading. */
export function tableUnder(text: string, heading: string): PrintedTable {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => line.startsWith(heading))
  const [titleLine, rule, ...rest] = lines.slice(at + 1)
  if (at === -1 || titleLine === undefined || rule === undefined || !/^─[─ ]+$/.test(rule)) {
    throw new Error(`no table under "${heading}"`)
  }
  const spans = [...rule.matchAll(/─+/g)].map(
    ({ index, 0: dashes }) => [index, index + dashes.length] as const,
  )
  const cellsOf = (line: string): readonly string[] => spans.map(([from, to]) => line.slice(from, to).trim())
  const titles = cellsOf(titleLine)
  const end = rest.findIndex((line) => line === '' || line.startsWith('↻'))
  const rows = rest.slice(0, end).map((line) => {
    return Object.fromEntries(cellsOf(line).map((cell, index) => [titles[index] ?? '', cell]))
  })
  return { titles, rows }
}

/** `~$0.0000117` → 11700 */
export function nanoUsdOf(cell: string): number {
  const match = /^~?\$(\d+)\.(\d{1,9})$/.exec(cell)
  if (match === null) throw new Error(`"${cell}" is not an amount`)
  const [, dollars = '', decimals = ''] = match
  return Number(dollars) * 1e9 + Number(decimals.padEnd(9, '0'))
}
