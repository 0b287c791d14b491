import { styleText } from 'node:util'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/** Text of a cell; `style` never changes its width. */
export interface Cell {
  readonly text: string
  readonly style?: Parameters<typeof styleText>[0]
}

export type Row = readonly (string | Cell)[]

/** Rows under their titles, aligned, two spaces apart. */
export function table(columns: readonly Column[], rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)))
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]?.text.length ?? 0)),
  )
  const line = (row: readonly Cell[]): string =>
    columns
      .map(({ align }, index) => aligned(row[index] ?? { text: '' }, align, widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  const titles = columns.map(({ title }): Cell => ({ text: title, style: 'bold' }))
  const rule = dim(widths.map((width) => '─'.repeat(width)).join('  '))
  return [line(titles), rule, ...cells.map(line)].join('\n')
}

function aligned({ text, style }: Cell, align: Column['align'], width: number): string {
  const space = ' '.repeat(width - text.length)
  const shown = style === undefined ? text : styleText(style, text)
  return align === 'left' ? shown + space : space + shown
}

/** Colours only where there is a terminal that shows them. */
export function dim(text: string): string {
  return styleText('dim', text)
}

export function heading(text: string): string {
  return `\n${styleText(['bold', 'cyan'], text)}`
}
