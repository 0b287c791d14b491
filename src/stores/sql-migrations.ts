/** Brings the ledger's tables up to date, in both databases. */
import { sql, type Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { budgetNames, createBudgetTables } from './postgres-budget-schema.ts'
import {
  BASELINE_COLUMNS,
  BASELINE_KEY,
  LATENCY_COLUMNS,
  PENDING_COLUMN,
  ROLL_UP_KEY,
  ROW_COLUMNS,
  SUM_COLUMNS,
  TABLE_PREFIX,
  type ColumnKind,
  type LedgerDatabase,
  type SqlDialect,
  type SqlLedger,
  type SqlTables,
} from './sql-schema.ts'
import { checkVersion } from './sql-version.ts'

export interface MigrationParts extends SqlLedger {
  readonly dialect: SqlDialect
  /** PostgreSQL: where the tables are; undefined: where the connection looks first. */
  readonly schema?: string
}

/**
 * SQLite: inside of a transaction that the caller has begun, on its only connection. PostgreSQL: takes a lock itself.
 *
 * @throws LedgerError `ledger_too_new` when a newer version of this package has written the tables
 */
export async function migrate(parts: MigrationParts): Promise<void> {
  checkVersion(await schemaVersion(parts))
  const { db, tables, schema } = parts
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations(parts) },
    migrationTableName: tables.migration,
    migrationLockTableName: `${tables.migration}_lock`,
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  // A newer version may have been faster.
  checkVersion(await schemaVersion(parts))
  throw error
}

/** Undefined where there are no tables yet. */
async function schemaVersion({ db, tables, schema }: MigrationParts): Promise<number | undefined> {
  const known = await db.introspection.getTables()
  const isThere = known.some(
    (table) => table.name === tables.meta && (schema === undefined || table.schema === schema),
  )
  if (!isThere) return undefined
  const placed = schema === undefined ? db : db.withSchema(schema)
  const meta = await placed
    .selectFrom(tables.meta)
    .select('value')
    .where('name', '=', 'schema_version')
    .executeTakeFirst()
  return meta === undefined ? undefined : Number(meta.value)
}

function migrations(parts: MigrationParts): Record<string, Migration> {
  const { schema } = parts
  const placed = (db: Kysely<LedgerDatabase>) => (schema === undefined ? db : db.withSchema(schema))
  return {
    '0001-ledger': { up: (db: Kysely<LedgerDatabase>) => createLedger(placed(db), parts) },
  }
}

type CreateParts = Pick<MigrationParts, 'tables' | 'dialect' | 'schema'>

async function createLedger(db: Kysely<LedgerDatabase>, parts: CreateParts): Promise<void> {
  const { tables, schema } = parts
  await db.schema
    .createTable(tables.meta)
    .addColumn('name', 'text', (column) => column.notNull().primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
  await createRows(db, tables)
  await createRollUps(db, parts)
  // PostgreSQL has schemas, and counters of budgets.
  if (schema !== undefined) await createBudgetTables(db, budgetNames(TABLE_PREFIX, schema))
  await db.insertInto(tables.meta).values({ name: 'schema_version', value: '1' }).execute()
}

const TYPES = {
  text: 'text',
  whole: 'bigint',
  real: 'double precision',
  flag: 'integer',
} as const satisfies Record<ColumnKind, string>

async function createRows(db: Kysely<LedgerDatabase>, { row }: SqlTables): Promise<void> {
  let table = db.schema.createTable(row)
  for (const { column, kind, isRequired } of ROW_COLUMNS)
    table = table.addColumn(column, TYPES[kind], (one) => (isRequired ? one.notNull() : one))
  await table.addColumn(PENDING_COLUMN, 'integer', (one) => one.notNull().defaultTo(0)).execute()
  const index = (name: string) => db.schema.createIndex(`${row}_${name}`).on(row)
  await index('id').unique().columns(['call_id', 'attempt']).execute()
  await index('time').columns(['at_ms']).execute()
  // By hour first: what is written now lies together, where an index by user alone would touch a page for each row. In which
  // hours there is something of a user the roll-ups know, see `sql-call-spans.ts`.
  await index('user')
    .expression(sql`(at_ms / 3600000), user_id`)
    .where(sql<boolean>`attempt <= 1 and user_id is not null`)
    .execute()
  await index('pending')
    .columns(['at_ms'])
    .where(sql<boolean>`is_pending = 1`)
    .execute()
}

async function createRollUps(db: Kysely<LedgerDatabase>, { tables, dialect }: CreateParts): Promise<void> {
  const place = (name: string) =>
    db.schema
      .createTable(name)
      .addColumn('grain', 'text', (one) => one.notNull())
      .addColumn('dimension', 'text', (one) => one.notNull())
      .addColumn('start_ms', 'bigint', (one) => one.notNull())
      .addColumn('value', 'text', (one) => one.notNull())
  // SQLite: what lies together is read together, the key is the table. PostgreSQL: a sum is changed on its page as long as
  // there is room for the next version of it; without that each batch would write all index entries again.
  const layout = dialect === 'sqlite' ? sql`without rowid` : sql`with (fillfactor = 50)`
  let rollUp = place(tables.rollUp).addPrimaryKeyConstraint(`${tables.rollUp}_key`, [...ROLL_UP_KEY])
  for (const column of SUM_COLUMNS)
    rollUp = rollUp.addColumn(column, 'bigint', (one) => one.notNull().defaultTo(0))
  for (const column of LATENCY_COLUMNS)
    rollUp = rollUp.addColumn(column, 'bigint', (one) => one.notNull().defaultTo(0))
  await rollUp.modifyEnd(layout).execute()
  let baseline = place(tables.baseline)
    .addColumn('name', 'text', (one) => one.notNull())
    .addPrimaryKeyConstraint(`${tables.baseline}_key`, [...BASELINE_KEY])
  for (const column of BASELINE_COLUMNS)
    baseline = baseline.addColumn(column, 'bigint', (one) => one.notNull().defaultTo(0))
  await baseline.modifyEnd(layout).execute()
}
