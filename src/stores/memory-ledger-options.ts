import { invalidConfig } from '../core/llm-error.ts'
import { didYouMean } from '../core/spelling.ts'

export interface MemoryLedgerOptions {
  /** Rows that are kept; the oldest go first. What they have cost stays in the sums. @default 10000 */
  readonly rowsMax?: number
  /** Sums that are kept: one for each hour or day and each user, model, route …; the oldest hours go first. @default 20000 */
  readonly sumsMax?: number
}

const DEFAULTS: Required<MemoryLedgerOptions> = { rowsMax: 10_000, sumsMax: 20_000 }
const MAX = 10_000_000

/** @throws LlmError `config_invalid` naming what is wrong */
export function readMemoryLedgerOptions(options: unknown): Required<MemoryLedgerOptions> {
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('The options of memoryLedger() must be an object.')
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      const hint = didYouMean(name, Object.keys(DEFAULTS))
      throw invalidConfig(`memoryLedger(): "${name}" is no option.${hint}`, name)
    }
    if (!Number.isInteger(value) || value < 1 || value > MAX)
      throw invalidConfig(`memoryLedger(): "${name}" must be a whole number from 1 to ${MAX}.`, name)
  }
  return { ...DEFAULTS, ...Object.fromEntries(given) }
}
