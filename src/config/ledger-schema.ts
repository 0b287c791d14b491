/** Shapes of the ledger's options. */
import * as z from 'zod/mini'
import { isTimeZone } from '../core/calendar.ts'
import type { LedgerStore } from '../core/ledger-store.ts'
import type { LedgerOptions } from './ledger-options.ts'
import { ms, options, text, whole, withMethods } from './schema-values.ts'

const STORE = 'must be a ledger store, such as sqliteLedger("llm.db") or memoryLedger(), or false'
const LEDGER =
  'must be a ledger store, such as sqliteLedger("llm.db"), an object with one as its "store", or false'

const storeSchema = withMethods<LedgerStore>(
  ['open', 'append', 'rollUps', 'totals', 'calls', 'call', 'rows', 'prune', 'close'],
  STORE,
)
const days = () => whole(1, 36_500, ' of days')

const ledgerShape = {
  store: z.exactOptional(z.union([z.literal(false), storeSchema], STORE)),
  retentionDays: z.exactOptional(days()),
  hourRetentionDays: z.exactOptional(days()),
  queueMax: z.exactOptional(whole(1, 1_000_000, ' of rows')),
  batchMax: z.exactOptional(whole(1, 10_000, ' of rows')),
  flushMs: z.exactOptional(ms()),
} satisfies Record<keyof LedgerOptions, unknown>

export const ledgerSchema = options(ledgerShape, LEDGER)

/** `ledger: false` and `ledger: store` are short for options with that store. */
export function ledgerShorthand(value: unknown): unknown {
  return value === false || z.safeParse(storeSchema, value).success ? { store: value } : value
}

const ZONE = 'must be a time zone of the IANA database, such as "Europe/Berlin" or "UTC"'
export const timeZoneSchema = text(ZONE).check(z.refine(isTimeZone, ZONE))

const MANY = 'must be a whole number of calls from 1 to 1000000, or false'
export const manyCallsSchema = z.union([z.literal(false), whole(1, 1_000_000, ' of calls')], MANY)

/** The names that may stand at a place, for hints. */
export const LEDGER_NAMES = { ledger: Object.keys(ledgerShape) }
