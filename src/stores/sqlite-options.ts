import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalidConfig } from '../core/llm-error.ts'
import { readStoreOptions, wholeMs } from '../core/store-options.ts'
import { TABLE_PREFIX } from './sql-schema.ts'

export interface SqliteLedgerOptions {
  /**
   * What the names of the ledger's tables begin with: for a file that holds an app's tables too.
   *
   * @default 'llm_'
   */
  readonly tablePrefix?: string
  /**
   * How long a write waits while another process or connection writes, ms. The thread that waits is the ledger's own.
   *
   * @default 5000
   */
  readonly busyTimeoutMs?: number
}

export type SqliteLedgerConfig = Required<SqliteLedgerOptions>

const DEFAULTS: SqliteLedgerConfig = { tablePrefix: TABLE_PREFIX, busyTimeoutMs: 5_000 }

/** @throws LlmError `config_invalid` naming what is wrong */
export function readSqliteOptions(options: unknown): SqliteLedgerConfig {
  return readStoreOptions('sqliteLedger()', options, {
    defaults: DEFAULTS,
    rules: {
      // PostgreSQL cuts names off after 63 letters; both ledgers have the same rule.
      tablePrefix: [
        (value) => typeof value === 'string' && /^(?:[a-z][a-z0-9_]{0,23})?$/.test(value),
        'lower-case letters, digits and underscores, at most 24, the first a letter',
      ],
      busyTimeoutMs: wholeMs(0, 600_000),
    },
  })
}

/** @returns the absolute path; @throws LlmError `config_invalid` for what names no file */
export function readSqliteFile(file: unknown): string {
  const path =
    file instanceof URL || (typeof file === 'string' && file.startsWith('file:')) ? pathOf(file) : file
  if (typeof path !== 'string' || path.trim() === '' || path.includes('\0'))
    throw invalidConfig(
      'sqliteLedger() takes the path of a file, such as "llm.db", or its file: URL.',
      'file',
    )
  if (path === ':memory:')
    throw invalidConfig(
      'sqliteLedger() keeps a file. For a ledger in memory there is memoryLedger().',
      'file',
    )
  return resolve(path)
}

/** Undefined for the address of anything else. */
function pathOf(url: string | URL): string | undefined {
  try {
    return fileURLToPath(url)
  } catch {
    return undefined
  }
}
