/** The main thread's end of a worker: starts it when it is first needed, and again when it has died. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { LedgerError } from '../core/ledger-error.ts'
import type { WorkerReply, WorkerRequest, WorkerSettings } from './sqlite-protocol.ts'

/** Requests that wait for their answer at a time. */
const WAITING_MAX = 1_000

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Running {
  readonly worker: Worker
  readonly opened: Promise<unknown>
  readonly waiting: Map<number, Waiting>
}

/** The operations of a worker, from another thread: each answer is a promise. */
type Asked<Operations, Name extends keyof Operations> = Operations[Name] extends (
  argument: infer A,
) => infer R
  ? { readonly argument: A; readonly answer: Awaited<R> }
  : never

export class WorkerLink<Operations> {
  readonly #settings: WorkerSettings
  #running: Running | undefined
  #lastId = 0
  #closed: Promise<void> | undefined

  constructor(settings: WorkerSettings) {
    this.#settings = settings
  }

  /** @throws LedgerError why the file cannot be opened */
  async open(): Promise<void> {
    if (this.#closed !== undefined) throw closedError()
    await this.#start().opened
  }

  /** @throws LedgerError; `ledger_unreachable` when the worker has died: whether it was done is not known */
  async ask<Name extends keyof Operations & string>(
    operation: Name,
    argument: Asked<Operations, Name>['argument'],
  ): Promise<Asked<Operations, Name>['answer']> {
    if (this.#closed !== undefined) throw closedError()
    const running = this.#start()
    await running.opened
    if (running.waiting.size >= WAITING_MAX) throw busyError(this.#settings.file)
    const id = (this.#lastId += 1)
    const answer = expectAnswer(running, id)
    running.worker.postMessage({ id, operation, argument } satisfies WorkerRequest)
    return answer
  }

  /** After everything that has been asked. */
  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    try {
      await running.opened
    } catch {
      // Who has opened it was told.
      return
    }
    const answer = expectAnswer(running, 0)
    running.worker.postMessage('close')
    try {
      await answer
    } finally {
      await running.worker.terminate()
    }
  }

  #start(): Running {
    this.#running ??= this.#create()
    return this.#running
  }

  #create(): Running {
    const worker = startWorker(this.#settings)
    const waiting = new Map<number, Waiting>()
    const opened = expectAnswer({ worker, waiting }, 0)
    const running = { worker, waiting, opened }
    worker.on('message', (reply: WorkerReply) => settle(running, reply))
    let cause: unknown
    worker.on('error', (error) => (cause = error))
    worker.on('exit', () => this.#forget(running, cause))
    opened.catch(() => {
      this.#forget(running, undefined)
      void worker.terminate()
    })
    return running
  }

  #forget(running: Running, cause: unknown): void {
    if (this.#running === running) this.#running = undefined
    for (const { reject } of running.waiting.values()) reject(diedError(this.#settings.file, cause))
    running.waiting.clear()
  }
}

/** @throws LedgerError where Node starts none: its permission model forbids it without `--allow-worker` */
function startWorker(settings: WorkerSettings): Worker {
  const url = workerUrl()
  try {
    return new Worker(url, {
      name: `express-llm ledger ${settings.role}`,
      workerData: settings,
      // The app's own preloads, its telemetry for one, are not for this thread.
      execArgv: [],
      env: {},
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new LedgerError(
      'ledger_unwritable',
      `The thread that works on the ledger file ${settings.file} cannot be started: ${why}`,
      { cause },
    )
  }
}

/** The process stays as long as somebody waits for an answer, and no longer. */
function expectAnswer(
  { worker, waiting }: Pick<Running, 'worker' | 'waiting'>,
  id: number,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject })
    worker.ref()
  })
}

function settle({ worker, waiting }: Running, reply: WorkerReply): void {
  const asker = waiting.get(reply.id)
  waiting.delete(reply.id)
  if (waiting.size === 0) worker.unref()
  if ('value' in reply) return asker?.resolve(reply.value)
  const { code, message, isPassing, cause } = reply.failure
  asker?.reject(
    new LedgerError(code, message, {
      isPassing,
      ...(cause === undefined ? {} : { cause: new Error(cause) }),
    }),
  )
}

/**
 * In the sources a neighbour; in the package a file beside the entries, whatever chunk this has come into. A bundled app has
 * neither, but it may have the package installed.
 */
function workerUrl(): URL {
  const here = hereOf(import.meta.url)
  if (here.endsWith('.ts')) return new URL('sqlite-worker.ts', here)
  const places = [new URL('sqlite-worker.js', here), new URL('../sqlite-worker.js', here), installedUrl(here)]
  const found = places.find((url) => url !== undefined && existsSync(url))
  if (found !== undefined) return found
  throw new LedgerError(
    'ledger_broken',
    'The file sqlite-worker.js of express-llm cannot be found: the app has been bundled without it. ' +
      'Leave the package out of the bundle (esbuild: --external:express-llm), or have it installed where the bundle runs.',
  )
}

/** Bundlers that make CommonJS of an app (esbuild does) leave `import.meta` empty, and give `__filename`. */
function hereOf(url: string | undefined): string {
  return url ?? pathToFileURL(__filename).href
}

function installedUrl(here: string): URL | undefined {
  try {
    return new URL('sqlite-worker.js', pathToFileURL(createRequire(here).resolve('express-llm/sqlite')))
  } catch {
    // Then it is not installed, which is told by who asks.
    return undefined
  }
}

export function closedError(): LedgerError {
  return new LedgerError('ledger_closed', 'The ledger is closed, or was never opened: its router does both.')
}

function busyError(file: string): LedgerError {
  const message = `The ledger file ${file} has ${WAITING_MAX} questions to answer already. Ask again later.`
  return new LedgerError('ledger_unreachable', message, { isPassing: true })
}

function diedError(file: string, cause: unknown): LedgerError {
  const message = `The thread that works on the ledger file ${file} has ended. Another one is started when it is needed.`
  return new LedgerError('ledger_unreachable', message, { isPassing: true, cause })
}
