/** A Redis (or Valkey) of one's own: on a free port, in memory, and as mortal as it has to be. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

/** Where its program is; undefined where there is none on PATH. */
export const REDIS_BINARY = ['redis-server', 'valkey-server'].flatMap(paths).find(isExecutable)

export interface RedisServer {
  readonly port: number
  readonly url: string
  signal(signal: NodeJS.Signals): void
  /** Ends it as a crash does: everything that it knew is lost. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
  /** Ends it for good, and leaves nothing behind. */
  remove(): Promise<void>
}

/** @throws Error where there is no program for it */
export async function startRedisServer(args: readonly string[] = []): Promise<RedisServer> {
  if (REDIS_BINARY === undefined) throw new Error('no redis-server or valkey-server is on PATH')
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'express-llm-redis-'))
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const command = [...words, '--dir', directory, ...args]
  let child: ChildProcess | undefined
  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  async function start(): Promise<void> {
    child = spawn(REDIS_BINARY ?? '', command, { stdio: ['ignore', 'pipe', 'inherit'] })
    await untilReady(child)
  }
  // Also when this process is told to end in the middle of something.
  const removeAtOnce = (): void => {
    child?.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
  process.once('exit', removeAtOnce)
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    signal: (signal) => void child?.kill(signal),
    kill,
    start,
    async remove() {
      await kill()
      process.off('exit', removeAtOnce)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function untilReady({ stdout }: ChildProcess): Promise<void> {
  if (stdout === null) throw new Error('a server without output')
  const said: string[] = []
  for await (const line of createInterface({ input: stdout })) {
    said.push(line)
    if (line.includes('Ready to accept connections')) {
      // The rest is read away, so that the server never waits for us.
      stdout.resume()
      return
    }
  }
  throw new Error(`the server has not started:\n${said.join('\n')}`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

function paths(name: string): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, name))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
