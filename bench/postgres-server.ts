/** A PostgreSQL of one's own: on a free port, in a temporary folder, and as mortal as it has to be. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { SERVER_ACCOUNT, startServerProcess, type ServerProcess } from './postgres-process.ts'

/** Debian keeps the programs of each version in a folder of its own, which is not on PATH. */
const DEBIAN_ROOT = '/usr/lib/postgresql'

/** Where `initdb` and `postgres` are; undefined where there are none. */
export const POSTGRES_FOLDER = [...pathFolders(), ...debianFolders()].find((folder) =>
  ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
)

/** Its superuser; over TCP it asks for the password, as a real one does. */
const USER = 'postgres'
const PASSWORD = 'correct-horse'

/**
 * Nothing is asked of the disk: what a killed server has committed is with the operating system, and there again when it
 * starts. It survives `kill -9`, not a power cut.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
}

export interface PostgresOptions {
  /** Over what is set here: `{ max_connections: '5' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** A folder that need not be there: what `initdb` makes is kept in it for the next one. Who names it, removes it. */
  readonly template?: string
}

export interface PostgresServer {
  readonly port: number
  /** Of the database `postgres`, with user and password. */
  readonly url: string
  /** Makes an empty database. @returns its URL */
  createDatabase(name: string): Promise<string>
  /** Ends it in an orderly way: it closes its connections, what was committed is safe. */
  stop(): Promise<void>
  /** Ends it, and all that it has started, as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same port, with the same files. */
  start(): Promise<void>
  /** It neither answers nor closes anything, until `resume`. */
  readonly pause: () => void
  readonly resume: () => void
  /** Ends it for good, and leaves nothing behind. */
  remove(): Promise<void>
}

/** @throws Error where there is no program for it */
export async function startPostgresServer(options: PostgresOptions = {}): Promise<PostgresServer> {
  const port = await freePort()
  const folder = ownFolder()
  const data = join(folder, 'data')
  await makeData(data, options.template)
  const settings = Object.entries({ ...SETTINGS, ...options.settings, port: String(port) })
  const words = ['-D', data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  let server: ServerProcess | undefined
  const start = async (): Promise<void> => {
    server = await startServerProcess(program('postgres'), words)
  }
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  // Also when this process is told to end in the middle of something.
  const removeAtOnce = (): void => {
    server?.signalAll('SIGKILL')
    removeFolder()
  }
  process.once('exit', removeAtOnce)
  await start()
  const url = `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}`
  return {
    port,
    url: `${url}/postgres`,
    async createDatabase(name) {
      await runSql(`${url}/postgres`, `CREATE DATABASE "${name}"`)
      return `${url}/${name}`
    },
    stop: async () => server?.stop(),
    kill: async () => server?.kill(),
    start,
    pause: () => void server?.signalAll('SIGSTOP'),
    resume: () => void server?.signalAll('SIGCONT'),
    async remove() {
      await server?.kill()
      process.off('exit', removeAtOnce)
      removeFolder()
    },
  }
}

/** What `initdb` makes, which takes most of a second; a copy of it a tenth of that. */
async function makeData(data: string, template: string | undefined): Promise<void> {
  if (template === undefined) return initialize(data)
  if (!existsSync(template)) {
    const folder = ownFolder()
    await initialize(join(folder, 'data'))
    try {
      renameSync(join(folder, 'data'), template)
    } catch (error) {
      // Another process was faster: its template is as good.
      if (!existsSync(template)) throw error
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  const parent = join(data, '..')
  await promisify(execFile)('cp', ['-a', template, data], { cwd: parent })
}

async function initialize(data: string): Promise<void> {
  const passwordFile = `${data}-password`
  writeFileSync(passwordFile, PASSWORD)
  chownSync(passwordFile, SERVER_ACCOUNT.uid, SERVER_ACCOUNT.gid)
  const words = ['-D', data, '--no-sync', '-E', 'UTF8', '--locale=C', '-U', USER]
  await promisify(execFile)(
    program('initdb'),
    [...words, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
    { ...SERVER_ACCOUNT, cwd: join(data, '..') },
  )
}

async function runSql(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** A folder that the server's account may write. */
function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'express-llm-postgres-'))
  chownSync(folder, SERVER_ACCOUNT.uid, SERVER_ACCOUNT.gid)
  return folder
}

function program(name: string): string {
  if (POSTGRES_FOLDER === undefined) throw new Error('there is no PostgreSQL server: initdb and postgres')
  return join(POSTGRES_FOLDER, name)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

function pathFolders(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter)
}

/** The newest version first. */
function debianFolders(): readonly string[] {
  if (!existsSync(DEBIAN_ROOT)) return []
  const versions = readdirSync(DEBIAN_ROOT).toSorted((a, b) => Number(b) - Number(a))
  return versions.map((version) => join(DEBIAN_ROOT, version, 'bin'))
}
