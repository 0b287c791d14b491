/**
 * What runs in a worker thread of the SQLite ledger: opens its connection and answers one request after the other. A file of its
 * own in the package, see `sqlite-worker-link.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { sqliteFailure } from './sqlite-failure.ts'
import type { Connection, WorkerReply, WorkerRequest, WorkerSettings } from './sqlite-protocol.ts'

type AnyOperations = Readonly<Record<string, ((argument: unknown) => unknown) | undefined>>

const settings = workerData as WorkerSettings
const port = parentPort
if (port === null) throw new Error('sqlite-worker runs in a worker thread only')

muteSqliteWarning()
const connection = await opened()
if (connection !== undefined) {
  // The answer comes when everything that was asked before has been answered.
  port.on('message', (request: WorkerRequest | 'close') => {
    if (request !== 'close') return void answer(connection, request)
    reply(0, () => connection.close())
    port.close()
  })
  port.postMessage({ id: 0, value: undefined } satisfies WorkerReply)
}

/** Undefined when it cannot be opened, which the other side has been told. */
async function opened(): Promise<Connection<object> | undefined> {
  try {
    return settings.role === 'write'
      ? await (await import('./sqlite-writer.ts')).openWriter(settings)
      : (await import('./sqlite-reader.ts')).openReader(settings)
  } catch (error) {
    fail(0, error)
    return undefined
  }
}

async function answer(
  { operations }: Connection<object>,
  { id, operation, argument }: WorkerRequest,
): Promise<void> {
  try {
    const run = (operations as AnyOperations)[operation]
    if (run === undefined) throw new Error(`there is no operation ${operation}`)
    const value = await run(argument)
    port?.postMessage({ id, value } satisfies WorkerReply)
  } catch (error) {
    fail(id, error)
  }
}

function reply(id: number, work: () => void): void {
  try {
    work()
    port?.postMessage({ id, value: undefined } satisfies WorkerReply)
  } catch (error) {
    fail(id, error)
  }
}

function fail(id: number, error: unknown): void {
  const { code, message, isPassing, cause } = sqliteFailure(error, settings.file)
  const failure = { code, message, isPassing, cause: cause instanceof Error ? cause.message : undefined }
  port?.postMessage({ id, failure } satisfies WorkerReply)
}

/** Node 22 calls `node:sqlite` experimental; what else it warns of is told as ever. */
function muteSqliteWarning(): void {
  const emit = process.emitWarning.bind(process) as (...parts: unknown[]) => void
  process.emitWarning = (...parts: unknown[]): void => {
    const [warning] = parts
    if (!String(warning).startsWith('SQLite is an experimental feature')) emit(...parts)
  }
}
