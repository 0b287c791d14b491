import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

const ROOT = new URL('../../', import.meta.url)

/** A program of `examples/` under way. */
export interface RunningExample {
  /** What it has printed so far. */
  text(): string
  /** Resolves with all of it as soon as it matches; rejects when the program ends first. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves when it has ended. */
  ended(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  kill(signal: NodeJS.Signals): void
}

/**
 * Starts a program as a user would, on the built package, in an environment that holds `env` and nothing of ours. Who
 * starts it ends it.
 */
export function runExample(args: readonly string[], env: Readonly<Record<string, string>>): RunningExample {
  if (!existsSync(new URL('dist/index.js', ROOT))) throw new Error('Build first: npm run build')
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { PATH: process.env['PATH'], ...env } })
  return follow(child)
}

function follow(child: ChildProcess): RunningExample {
  let text = ''
  const looks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const look of looks) look()
    })
  }
  const end = once(child, 'close')
  return {
    text: () => text,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text)
          if (match === null) return
          looks.delete(look)
          resolve(match)
        }
        looks.add(look)
        look()
        void end.then(() => reject(new Error(`it ended before it printed ${pattern}:\n${text}`)))
      }),
    async ended() {
      const [code, signal] = (await end) as [number | null, NodeJS.Signals | null]
      return { code, signal }
    },
    kill: (signal) => void child.kill(signal),
  }
}
