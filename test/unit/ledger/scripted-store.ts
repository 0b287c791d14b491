import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import { LedgerError } from '../../../src/core/ledger-error.ts'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import type { LedgerListener } from '../../../src/ledger/ledger-listener.ts'
import { memoryLedger } from '../../../src/stores/memory-ledger.ts'

type Step = 'ok' | 'hang' | Error

/** A store that does what it is told, one step for each opening or batch, and after that what it should. */
export class ScriptedStore {
  readonly batches: (readonly LedgerRow[])[] = []
  readonly steps: Step[]
  opened = 0
  closed = 0
  readonly store: LedgerStore
  #release = Promise.withResolvers<void>()

  constructor(...steps: readonly Step[]) {
    this.steps = [...steps]
    const memory = memoryLedger()
    this.store = Object.assign(Object.create(memory) as LedgerStore, {
      name: 'scripted',
      open: async (timeZone: string) => {
        this.opened += 1
        await this.#step()
        await memory.open(timeZone)
      },
      append: async (rows: readonly LedgerRow[]) => {
        await this.#step()
        this.batches.push(rows)
        await memory.append(rows)
      },
      rows: memory.rows.bind(memory),
      prune: memory.prune.bind(memory),
      close: async () => {
        this.closed += 1
      },
    })
  }

  get written(): readonly string[] {
    return this.batches.flatMap((rows) => rows.map(({ id }) => id))
  }

  /** Ends all hanging steps. */
  release(): void {
    this.#release.resolve()
    this.#release = Promise.withResolvers()
  }

  async #step(): Promise<void> {
    const step = this.steps.shift() ?? 'ok'
    if (step === 'hang') await this.#release.promise
    if (step instanceof Error) throw step
  }
}

export const passing = new LedgerError('ledger_locked', 'somebody else holds it', { isPassing: true })
export const lasting = new LedgerError('ledger_unwritable', 'it is read-only')

/** Keeps what a ledger tells: `written 2`, `down ledger_locked`. */
export function aListener(): LedgerListener & { readonly told: readonly string[] } {
  const told: string[] = []
  const tell =
    (word: string) =>
    (...about: unknown[]): void =>
      void told.push([word, ...about.map(shown)].join(' '))
  return {
    told,
    written: tell('written'),
    dropped: tell('dropped'),
    failed: tell('failed'),
    down: tell('down'),
    up: tell('up'),
    lost: tell('lost'),
    failedAside: tell('aside'),
  }
}

function shown(about: unknown): string {
  return about instanceof LedgerError ? about.code : String(about)
}
