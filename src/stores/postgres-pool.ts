import { invalidConfig } from '../core/llm-error.ts'
import { LedgerError } from '../core/ledger-error.ts'

/** What is asked of a connection: a client of `pg`, as a pool lends it. */
export interface PostgresConnection {
  query(text: string, values: unknown[]): Promise<PostgresResult>
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  /** @param destroy it is of no use any more */
  release(destroy?: boolean): void
}

export interface PostgresResult {
  readonly rows: readonly unknown[]
  readonly rowCount: number | null
  /** `SELECT`, `COMMIT` */
  readonly command: string
}

/** A `Pool` of `pg`. */
export interface PostgresPool {
  connect(): Promise<PostgresConnection>
}

/** A pool, and who ends it. */
export interface PoolSource {
  /** @throws LedgerError where there is no `pg` */
  open(): Promise<PostgresPool>
  /** Ends the pool if it is ours. */
  close(): Promise<void>
}

export interface OwnPoolLimits {
  readonly connectionsMax: number
  readonly timeoutMs: number
}

/** @throws LlmError `config_invalid` for what is neither a pool nor an address; never with the address in it */
export function poolSource(source: unknown, limits: OwnPoolLimits): PoolSource {
  if (isPool(source)) return { open: async () => source, close: async () => undefined }
  if (isAddress(source)) return ownPool(source, limits)
  throw invalidConfig(
    'postgresLedger() takes a Pool of "pg", or a connection string such as postgres://user:password@host:5432/database; ' +
      `this is ${wordFor(source)}.`,
    'source',
  )
}

interface OwnPool extends PostgresPool {
  end(): Promise<void>
}

/** A server that has stopped does not say goodbye, and its connections keep no process alive. */
const CLOSE_MS = 2_000

function ownPool(connectionString: string, { connectionsMax, timeoutMs }: OwnPoolLimits): PoolSource {
  let pool: OwnPool | undefined
  return {
    async open() {
      // It is opened again and again until it works: with the connections that it has.
      if (pool !== undefined) return pool
      const { Pool } = await loadPg()
      const made = new Pool({
        connectionString,
        max: connectionsMax,
        connectionTimeoutMillis: timeoutMs,
        idleTimeoutMillis: 60_000,
        // An idle connection keeps no process alive.
        allowExitOnIdle: true,
        keepAlive: true,
        fallback_application_name: 'express-llm',
      })
      // A connection that breaks while nobody uses it: the next one to ask finds out whether the server is there.
      made.on('error', () => undefined)
      pool = made
      return made
    },
    async close() {
      const ending = pool?.end()
      pool = undefined
      await withinTime(ending, CLOSE_MS)
    },
  }
}

async function withinTime(work: Promise<void> | undefined, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

async function loadPg(): Promise<Pick<typeof import('pg'), 'Pool'>> {
  try {
    const { default: pg } = await import('pg')
    return pg
  } catch (cause) {
    throw new LedgerError(
      'ledger_unreachable',
      'postgresLedger() with a connection string needs the package "pg", and it cannot be loaded: npm install pg. ' +
        'Or hand over a Pool of your own.',
      { cause },
    )
  }
}

function isPool(source: unknown): source is PostgresPool {
  return (
    typeof source === 'object' &&
    source !== null &&
    typeof Reflect.get(source, 'connect') === 'function' &&
    // A single client has `connect` too, and can do one thing at a time.
    typeof Reflect.get(source, 'totalCount') === 'number'
  )
}

/** Only the URL form: other texts are read by `pg` as names of hosts or files, and fail far from here. */
function isAddress(source: unknown): source is string {
  return typeof source === 'string' && /^postgres(?:ql)?:\/\//i.test(source) && URL.canParse(withHost(source))
}

/** `postgres://user@/database?host=/run/postgresql` has none, and is right. */
function withHost(address: string): string {
  return address.replace(/@\//, '@localhost/')
}

/** Never its content: an address may hold a password. */
function wordFor(source: unknown): string {
  if (source === undefined) return 'undefined; is the variable set that it comes from?'
  if (source instanceof Promise) return 'a promise; await it first'
  if (typeof source === 'string') return source === '' ? 'an empty text' : 'another text'
  return typeof source === 'object' ? 'another object' : `a ${typeof source}`
}
