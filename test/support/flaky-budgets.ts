import type { BudgetStore, Eventual } from '../../src/core/budget-store.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { SharedOperations } from '../../src/core/shared-state.ts'
import { createMemoryBudgets } from '../../src/shared/memory-budgets.ts'
import { createMemoryState } from '../../src/shared/memory-state.ts'

/** What several routers of a test share, each step a moment away, as in a database; the budgets' part can be told to fail. */
export interface FlakyBudgets {
  readonly state: SharedOperations
  /** What operations come to from now on. */
  mood: 'well' | 'broken' | 'silent' | 'late'
  /** Operations that have been asked for. */
  readonly asked: string[]
}

/** Longer than a test's time limit. */
const LATE_MS = 150

export function flakyBudgets(
  policy: Partial<Pick<BudgetStore, 'onStoreError' | 'timeoutMs'>> = {},
): FlakyBudgets {
  const memory = createMemoryBudgets(systemClock)
  const shared = createMemoryState(systemClock, 60_000)
  const asked: string[] = []
  const flaky: FlakyBudgets = { state: { ...stateOf(shared), budgets: storeOf() }, mood: 'well', asked }
  return flaky

  async function run<T>(name: string, operation: () => Eventual<T>): Promise<T> {
    asked.push(name)
    await new Promise((resolve) => setImmediate(resolve))
    if (flaky.mood === 'broken') throw new Error('the store is broken')
    if (flaky.mood === 'silent') return await new Promise<never>(() => undefined)
    const isLate = flaky.mood === 'late'
    const answer = await operation()
    await new Promise((resolve) => setTimeout(resolve, isLate ? LATE_MS : 0))
    return answer
  }

  function storeOf(): BudgetStore {
    return {
      name: 'flaky',
      isShared: true,
      timeoutMs: 5_000,
      onStoreError: 'allow',
      ...policy,
      reserve: (request) => run('reserve', () => memory.reserve(request)),
      settle: (request) => run('settle', () => memory.settle(request)),
      read: (counters) => run('read', () => memory.read(counters)),
      seed: (counter, spent) => run('seed', () => memory.seed(counter, spent)),
      close: () => undefined,
    }
  }
}

function stateOf(shared: SharedOperations): Omit<SharedOperations, 'budgets'> {
  return {
    timeoutMs: shared.timeoutMs,
    onStoreError: shared.onStoreError,
    minuteMs: shared.minuteMs,
    lease: (request) => shared.lease(request),
    sync: (request) => shared.sync(request),
    claim: (request) => shared.claim(request),
  }
}
