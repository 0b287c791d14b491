/** CSV as RFC 4180 has it, safe to open in a spreadsheet. */

/**
 * Texts that a spreadsheet would run as a formula get an apostrophe before them, full-width signs included
 * (https://owasp.org/www-community/attacks/CSV_Injection, read 2026-11-21). Numbers stay numbers.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

/** One line with its end; what is undefined is an empty cell. */
export function csvLine(cells: readonly (string | number | boolean | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(value: string | number | boolean | undefined): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const safe = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
