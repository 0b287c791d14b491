/** A PostgreSQL server's processes: the one that was started, and those that it starts, one for each connection. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

/** Whose the server is. It refuses to run as root; there it is `postgres`, else `nobody`. */
export const SERVER_ACCOUNT = serverAccount()

export interface ServerProcess {
  /** Closes connections, writes everything down, ends. */
  stop(): Promise<void>
  /** All at once, with nothing written down. */
  kill(): Promise<void>
  /** To the server, and to all that it has started. */
  signalAll(signal: NodeJS.Signals): readonly number[]
}

/** @returns when it takes connections @throws Error with what it has said, where it ends instead */
export async function startServerProcess(program: string, words: readonly string[]): Promise<ServerProcess> {
  const child = spawn(program, words, { ...SERVER_ACCOUNT, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  await untilReady(child)
  const signalAll = (signal: NodeJS.Signals): readonly number[] => signalTree(child, signal)
  return {
    signalAll,
    async stop() {
      if (hasEnded(child)) return
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
    },
    async kill() {
      if (hasEnded(child)) return
      const ended = once(child, 'exit')
      const ids = signalAll('SIGKILL')
      await ended
      // As long as one of them lives the next server does not start.
      while (ids.some(isRunning)) await pause(5)
    },
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error('a server without output')
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line)
    if (line.includes('ready to accept connections')) {
      // The rest is read away, so that the server never waits for us.
      child.stderr.resume()
      return
    }
  }
  throw new Error(`the server has not started:\n${said.join('\n')}`)
}

/** @returns their process ids */
function signalTree(child: ChildProcess, signal: NodeJS.Signals): readonly number[] {
  if (child.pid === undefined || hasEnded(child)) return []
  // Held still first, so that it starts nobody while those that it has started are counted.
  if (signal !== 'SIGCONT') child.kill('SIGSTOP')
  const ids = [child.pid, ...childrenOf(child.pid)]
  for (const id of ids) send(id, signal)
  return ids
}

function send(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal)
  } catch (error) {
    // It has ended in between.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function childrenOf(parent: number): readonly number[] {
  return processes().flatMap((one) => (one.parent === parent ? [one.id] : []))
}

/** One that has ended and waits to be told of (`Z`) holds nothing any more. */
function isRunning(id: number): boolean {
  return processes().some((one) => one.id === id && !one.state.startsWith('Z'))
}

function processes(): readonly { readonly id: number; readonly parent: number; readonly state: string }[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([id, parent, state = '']) => ({ id: Number(id), parent: Number(parent), state }))
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function serverAccount(): { readonly uid: number; readonly gid: number } {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()]
  if (uid !== 0) return { uid, gid }
  return accountOf('postgres') ?? accountOf('nobody') ?? { uid: 65_534, gid: 65_534 }
}

function accountOf(name: string): { readonly uid: number; readonly gid: number } | undefined {
  try {
    const idOf = (flag: string): number =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
    return { uid: idOf('-u'), gid: idOf('-g') }
  } catch {
    // There is nobody of that name.
    return undefined
  }
}
