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

/** `sqlite:`, `http:`, and connection strings of other databases, whose passwords no log is to tell; no drive of Windows. */
const OTHER_SCHEME = /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i

/** @returns the absolute path; @throws LlmError `config_invalid` for what names no file */
export function readSqliteFile(file: unknown): string {
  if (file === ':memory:' || file === 'file::memory:')
    throw invalidConfig(
      'sqliteLedger() keeps a file. For a ledger in memory there is memoryLedger().',
      'file',
    )
  const isUrl = file instanceof URL || (typeof file === 'string' && file.startsWith('file:'))
  const path = isUrl ? pathOf(file) : file
  if (typeof path !== 'string' || path.trim() === '' || path.includes('\0') || OTHER_SCHEME.test(path))
    throw invalidConfig(
      'sqliteLedger() takes the path of a file, such as "llm.db", or its whole file: URL, such as ' +
        '"file:///data/llm.db", without anything behind it.',
      'file',
    )
  return resolve(path)
}

/**
 * Undefined for the address of anything else. Without its slash (`file:llm.db`) some read a path that is relative to the working
 * directory, and URLs one from the root of the disk: no ledger is to be in the wrong place. Parameters of SQLite's (`?mode=ro`)
 * would have no effect.
 */
function pathOf(file: string | URL): string | undefined {
  if (typeof file === 'string' && !file.startsWith('file:/')) return undefined
  try {
    const url = new URL(file)
    return url.search === '' && url.hash === '' ? fileURLToPath(url) : undefined
  } catch {
    return undefined
  }
}
