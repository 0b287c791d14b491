import { readReply, reserveReply, settleReply } from '../budgets/stored-replies.ts'
import { storedText } from '../budgets/stored-text.ts'
import { COUNTER_KEPT_MS, type BudgetCounter, type BudgetStore } from '../core/budget-store.ts'
import type { BudgetNames } from './postgres-budget-schema.ts'

export interface PostgresBudgetParts extends Pick<BudgetStore, 'timeoutMs' | 'onStoreError'> {
  readonly names: BudgetNames
  /** Runs one statement, within `timeoutMs`, as soon as the tables are there. @returns its rows */
  readonly query: (text: string, values: readonly unknown[]) => Promise<readonly unknown[]>
}

/** How many settlements of one process there are from one tidying to the next: each leaves one row behind. */
const TIDY_EVERY = 200

/** Budgets that several processes share through PostgreSQL: one round trip for each operation. */
export function createPostgresBudgets({ names, query, ...policy }: PostgresBudgetParts): BudgetStore {
  const ask = async (operation: string, request: unknown): Promise<unknown> => {
    const [row] = await query(`SELECT ${operation}($1) AS reply`, [request])
    return typeof row === 'object' && row !== null ? Reflect.get(row, 'reply') : undefined
  }
  let settlements = 0
  return {
    ...policy,
    name: 'postgres',
    isShared: true,
    async reserve(request) {
      const { id, claims, ttlMs } = request
      const asked = claims.map(({ limitNanoUsd, amountNanoUsd, isEnforced, ...counter }, place) => {
        return { ...placed(counter, place), limit: limitNanoUsd, amount: amountNanoUsd, isEnforced }
      })
      return reserveReply(
        await ask(
          names.reserve,
          JSON.stringify({ id: storedText(id), ttlMs: Math.ceil(ttlMs), claims: asked }),
        ),
        request,
      )
    },
    async settle({ id, entries }) {
      settlements += 1
      const told = entries.map(({ spentNanoUsd, ...counter }, place) => {
        return { ...placed(counter, place), spent: spentNanoUsd }
      })
      const isTidying = settlements % TIDY_EVERY === 0
      const reply = await ask(names.settle, JSON.stringify({ id: storedText(id), isTidying, entries: told }))
      return settleReply(reply, entries.length)
    },
    async read(counters) {
      if (counters.length === 0) return []
      const keys = counters.map(({ key }) => storedText(key))
      return readReply(await ask(names.read, keys), counters.length)
    },
    async seed(counter, spentNanoUsd) {
      const { key, forgetMs } = placed(counter, 0)
      await query(seedStatement(names), [key, spentNanoUsd, forgetMs])
    },
    close() {
      // The pool is the ledger's.
    },
  }
}

function seedStatement({ counter }: BudgetNames): string {
  return (
    `INSERT INTO ${counter} AS c (key, spent, is_seeded, forget_ms) VALUES ($1, $2, true, $3) ` +
    'ON CONFLICT (key) DO UPDATE SET spent = greatest(c.spent, excluded.spent), is_seeded = true WHERE NOT c.is_seeded'
  )
}

interface Placed {
  readonly place: number
  readonly key: string
  readonly forgetMs: number
}

function placed({ key, endsAtMs }: BudgetCounter, place: number): Placed {
  return { place, key: storedText(key), forgetMs: endsAtMs + COUNTER_KEPT_MS }
}
