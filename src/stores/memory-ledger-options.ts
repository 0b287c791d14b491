import { readStoreOptions, whole } from '../core/store-options.ts'

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
  const rules = { rowsMax: whole(1, MAX), sumsMax: whole(1, MAX) }
  return readStoreOptions('memoryLedger()', options, { defaults: DEFAULTS, rules })
}
