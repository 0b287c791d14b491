import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A process of a test's own, killed when the test is over. What it prints is part of the test's output. */
export function aProcess(file: URL, env: Readonly<Record<string, string>>): ChildProcess {
  const child = fork(fileURLToPath(file), {
    env: { ...process.env, ...env },
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** @returns exit code, or the signal that ended it */
export async function ended(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? child.signalCode ?? -1
}
