import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface ChildOptions {
  /** File beside this one. */
  readonly file: string
  readonly args?: readonly string[]
  readonly nodeArgs?: readonly string[]
  /** Besides this process's environment. @default {} */
  readonly env?: Readonly<Record<string, string>>
  /** `taskset` list of cores. */
  readonly cores: string | undefined
}

/** A process of the bench: says one thing when it is ready, then answers each message with one. */
export interface Child {
  /** What it said when it was ready. */
  readonly ready: unknown
  ask(question: object): Promise<unknown>
  /** SIGTERM, and SIGKILL if it is still there after that time. Nothing may be asked any more. */
  end(killAfterMs: number): Promise<ChildEnd>
  stop(): Promise<void>
}

/** How a process ended. */
export interface ChildEnd {
  /** What it said last; undefined when it said nothing. */
  readonly lastWords: unknown
  /** Null when a signal ended it. */
  readonly code: number | null
}

/** @throws Error when the process ends before it is ready; what it had to say is on stderr */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { file, args = [], nodeArgs = [], env = {}, cores } = options
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, args, {
    // `taskset` becomes node: the process id and the message channel stay the same.
    ...(cores === undefined
      ? { execArgv: [...nodeArgs] }
      : { execPath: 'taskset', execArgv: ['-c', cores, process.execPath, ...nodeArgs] }),
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  return {
    ready: await answer(child, file),
    async ask(question) {
      const answered = answer(child, file)
      child.send(question)
      return answered
    },
    async end(killAfterMs) {
      let lastWords: unknown
      child.once('message', (message) => (lastWords = message))
      // Its last words come before the channel's end, not always before its own.
      const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')])
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      const [[code]] = (await ended) as [[number | null], unknown]
      clearTimeout(timer)
      return { lastWords, code }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}

function answer(child: ChildProcess, file: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      child.off('exit', onExit)
      resolve(message)
    }
    const onExit = (code: number | null, signal: string | null): void => {
      child.off('message', onMessage)
      reject(new Error(`${file} ended too early (${signal ?? `exit code ${code}`})`))
    }
    child.once('message', onMessage)
    child.once('exit', onExit)
  })
}
