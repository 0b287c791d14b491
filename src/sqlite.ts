/** express-llm/sqlite: a ledger in a file. */
export { sqliteLedger } from './stores/sqlite-ledger.ts'
export type { SqliteLedgerOptions } from './stores/sqlite-options.ts'
