import { readReply, reserveReply, settleReply } from '../budgets/stored-replies.ts'
import { storedText } from '../budgets/stored-text.ts'
import { COUNTER_KEPT_MS, type BudgetCounter, type BudgetStore } from '../core/budget-store.ts'
import type { BudgetNames } from './postgres-budget-schema.ts'

export interface PostgresBudgetParts extends Pick<BudgetStore, 'timeoutMs' | 'onStoreError'> {
  /** Calls one of the functions, within `timeoutMs`. @returns its answer */
  readonly call: (operation: BudgetOperation, request: unknown) => Promise<unknown>
}

export type BudgetOperation = Extract<keyof BudgetNames, 'reserve' | 'settle' | 'read' | 'seed'>

/** How many settlements of one process there are from one tidying to the next: each leaves one row behind. */
const TIDY_EVERY = 200

/** Budgets that several processes share through PostgreSQL: one round trip for each operation. */
export function createPostgresBudgets({ call, ...policy }: PostgresBudgetParts): BudgetStore {
  let settlements = 0
  return {
    ...policy,
    name: 'postgres',
    isShared: true,
    async reserve(request) {
      const claims = request.claims.map(({ limitNanoUsd, amountNanoUsd, isEnforced, ...counter }, place) => {
        return { ...placed(counter, place), limit: limitNanoUsd, amount: amountNanoUsd, isEnforced }
      })
      const ttlMs = Math.ceil(request.ttlMs)
      return reserveReply(await call('reserve', { id: storedText(request.id), ttlMs, claims }), request)
    },
    async settle(request) {
      settlements += 1
      const entries = request.entries.map(({ spentNanoUsd, ...counter }, place) => {
        return { ...placed(counter, place), spent: spentNanoUsd }
      })
      const isTidying = settlements % TIDY_EVERY === 0
      const reply = await call('settle', { id: storedText(request.id), isTidying, entries })
      return settleReply(reply, entries.length)
    },
    async read(counters) {
      if (counters.length === 0) return []
      return readReply(await call('read', { counters: counters.map(placed) }), counters.length)
    },
    async seed(counter, spentNanoUsd) {
      settleReply(await call('seed', { ...placed(counter, 0), spent: spentNanoUsd }), 0)
    },
    close() {
      // The pool is the ledger's.
    },
  }
}

interface Placed {
  readonly place: number
  readonly key: string
  readonly forgetMs: number
}

function placed({ key, endsAtMs }: BudgetCounter, place: number): Placed {
  return { place, key: storedText(key), forgetMs: Math.ceil(endsAtMs) + COUNTER_KEPT_MS }
}
