/** What every budget store does, wherever it counts. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  COUNTER_MAX_NANO_USD,
  type BudgetClaim,
  type BudgetCounter,
  type BudgetStore,
  type ReserveRequest,
  type SettleRequest,
} from '../../../src/core/budget-store.ts'
import { BudgetModel, budgetSteps, doStep, type BudgetStep } from '../../support/budget-model.ts'

const HOUR_MS = 3_600_000

/** @param makeStore a store for the test; it is released when the test is over */
export function budgetConformance(makeStore: () => Promise<BudgetStore>): void {
  test('a counter that it does not know reserves nothing, until it is seeded, once', async () => {
    const { store, counter } = await aStage(makeStore)
    const claims = [claimOf(counter('a'), 10), claimOf(counter('b'), 10)]
    const reserve = () => store.reserve({ id: 'one', claims, ttlMs: 60_000 })
    expect(await store.read([counter('a')])).toEqual([undefined])
    await store.seed(counter('a'), 50)
    expect(await reserve()).toEqual({ outcome: 'unknown', unknown: ['b'] })
    expect(await store.read([counter('a'), counter('b')])).toEqual([standing(50, 0), undefined])
    await store.seed(counter('b'), 0)
    await store.seed(counter('a'), 70)
    expect(await reserve()).toEqual({ outcome: 'reserved', standings: [standing(50, 10), standing(0, 10)] })
  })

  test('reserves of all counters or of none, and what is refused leaves nothing behind', async () => {
    const { store, seeded } = await aStage(makeStore)
    const [a, b] = [await seeded('a', 0), await seeded('b', 95)]
    const reply = await store.reserve({ id: 'one', claims: [claimOf(a, 10), claimOf(b, 10)], ttlMs: 60_000 })
    expect(reply).toEqual({ outcome: 'refused', standings: [standing(0, 0), standing(95, 0)] })
    const fits = await store.reserve({ id: 'one', claims: [claimOf(a, 100), claimOf(b, 5)], ttlMs: 60_000 })
    expect(fits).toEqual({ outcome: 'reserved', standings: [standing(0, 100), standing(95, 5)] })
  })

  test('what is not enforced is counted and refuses nobody; an amount of 0 always fits', async () => {
    const { store, seeded } = await aStage(makeStore)
    const [a, b] = [await seeded('a', 100), await seeded('b', 200)]
    const trial = { ...claimOf(a, 10), isEnforced: false }
    const reply = await store.reserve({ id: 'one', claims: [trial, claimOf(b, 0)], ttlMs: 60_000 })
    expect(reply).toEqual({ outcome: 'reserved', standings: [standing(100, 10), standing(200, 0)] })
    const entries = [
      { ...a, spentNanoUsd: 7 },
      { ...b, spentNanoUsd: 0 },
    ]
    expect(await store.settle({ id: 'one', entries })).toEqual([standing(107, 0), standing(200, 0)])
  })

  test('settles once: the same again, when the answer was lost, changes nothing', async () => {
    const { store, seeded } = await aStage(makeStore)
    const a = await seeded('a', 0)
    const request = { id: 'one', entries: [{ ...a, spentNanoUsd: 7 }] }
    await store.reserve({ id: 'one', claims: [claimOf(a, 10)], ttlMs: 60_000 })
    for (let again = 0; again < 3; again++) expect(await store.settle(request)).toEqual([standing(7, 0)])
    const at = await Promise.all(Array.from({ length: 20 }, () => store.settle({ ...request, id: 'two' })))
    expect(at).toEqual(Array.from({ length: 20 }, () => [standing(14, 0)]))
  })

  test('reserves once: the same again, when the answer was lost, changes nothing, also when it has been settled', async () => {
    const { store, seeded } = await aStage(makeStore)
    const a = await seeded('a', 0)
    const reserve = () => store.reserve({ id: 'one', claims: [claimOf(a, 60)], ttlMs: 60_000 })
    const all = await Promise.all([reserve(), reserve(), reserve()])
    expect(all).toEqual(all.map(() => ({ outcome: 'reserved', standings: [standing(0, 60)] })))
    await store.settle({ id: 'one', entries: [{ ...a, spentNanoUsd: 50 }] })
    expect(await reserve()).toEqual({ outcome: 'reserved', standings: [standing(50, 0)] })
  })

  test('counts what was spent without a reservation', async () => {
    const { store, seeded } = await aStage(makeStore)
    const a = await seeded('a', 1)
    expect(await store.settle({ id: 'one', entries: [{ ...a, spentNanoUsd: 7 }] })).toEqual([standing(8, 0)])
  })

  test('what was spent of a counter that it does not know is in what it is seeded with, or counts if that is less', async () => {
    const { store, counter } = await aStage(makeStore)
    const entries = ['a', 'b'].map((key) => ({ ...counter(key), spentNanoUsd: 7 }))
    expect(await store.settle({ id: 'one', entries })).toEqual([standing(7, 0), standing(7, 0)])
    expect(await store.read(entries)).toEqual([undefined, undefined])
    await store.seed(counter('a'), 20)
    await store.seed(counter('b'), 0)
    expect(await store.read(entries)).toEqual([standing(20, 0), standing(7, 0)])
  })

  test('a reservation that nobody settles ends by itself, and can be settled after that', async () => {
    const { store, seeded } = await aStage(makeStore)
    const a = await seeded('a', 0)
    const reserve = async (id: string, ttlMs: number) =>
      (await store.reserve({ id, claims: [claimOf(a, 60)], ttlMs })).outcome
    expect(await reserve('long', 60_000)).toBe('reserved')
    await store.settle({ id: 'long', entries: [{ ...a, spentNanoUsd: 0 }] })
    expect(await reserve('orphan', 300)).toBe('reserved')
    expect(await reserve('two', 60_000)).toBe('refused')
    await until(async () => (await store.read([a]))[0]?.heldNanoUsd === 0)
    expect(await reserve('two', 60_000)).toBe('reserved')
    const late = await store.settle({ id: 'orphan', entries: [{ ...a, spentNanoUsd: 20 }] })
    expect(late).toEqual([standing(20, 60)])
  })

  test('of many reservations only those end whose time is over', async () => {
    const { store, seeded } = await aStage(makeStore)
    const counters = [await seeded('a', 0), await seeded('b', 0)]
    const reserve = (id: string, ttlMs: number) =>
      store.reserve({ id, claims: counters.map((counter) => claimOf(counter, 1)), ttlMs })
    await Promise.all(Array.from({ length: 40 }, (_, n) => reserve(`${n}`, n % 2 === 0 ? 60_000 : 200 + n)))
    await until(async () => (await store.read(counters)).every((one) => one?.heldNanoUsd === 20))
    for (let n = 0; n < 40; n += 2)
      await store.settle({ id: `${n}`, entries: counters.map((one) => ({ ...one, spentNanoUsd: 1 })) })
    expect(await store.read(counters)).toEqual([standing(20, 0), standing(20, 0)])
  })

  test('of 200 that reserve at once, where there is room for 50, exactly 50 are reserved', async () => {
    const { store, seeded } = await aStage(makeStore)
    const [a, b] = [await seeded('a', 0), await seeded('b', 0)]
    const reserve = async (id: string) => {
      // In both orders: whoever takes them one after the other must not get stuck.
      const claims = Math.random() < 0.5 ? [claimOf(a, 2), claimOf(b, 1)] : [claimOf(b, 1), claimOf(a, 2)]
      return { id, ...(await store.reserve({ id, claims, ttlMs: 60_000 })) }
    }
    const all = await Promise.all(Array.from({ length: 200 }, () => reserve(randomUUID())))
    const reserved = all.filter(({ outcome }) => outcome === 'reserved')
    expect(reserved).toHaveLength(50)
    expect(await store.read([a, b])).toEqual([standing(0, 100), standing(0, 50)])
    const entries = [a, b].map((one, index) => ({ ...one, spentNanoUsd: index }))
    await Promise.all(reserved.map(({ id }) => store.settle({ id, entries })))
    expect(await store.read([a, b])).toEqual([standing(0, 0), standing(50, 0)])
  })

  test('counts nine million dollars to the nano-dollar, and no further', async () => {
    const { store, seeded } = await aStage(makeStore)
    const most = COUNTER_MAX_NANO_USD
    const a = await seeded('a', most - 3)
    const claim = { ...claimOf(a, 2), limitNanoUsd: most }
    const first = await store.reserve({ id: 'one', claims: [claim], ttlMs: 60_000 })
    expect(first).toEqual({ outcome: 'reserved', standings: [standing(most - 3, 2)] })
    const second = await store.reserve({ id: 'two', claims: [claim], ttlMs: 60_000 })
    expect(second).toEqual({ outcome: 'refused', standings: [standing(most - 3, 2)] })
    const settle = (id: string, spentNanoUsd: number) =>
      store.settle({ id, entries: [{ ...a, spentNanoUsd }] })
    expect(await settle('one', 1)).toEqual([standing(most - 2, 0)])
    expect(await settle('two', most)).toEqual([standing(most, 0)])
  })

  test('keys, ids and counters of any text lie apart', async () => {
    const { store, seeded } = await aStage(makeStore)
    const odd = [
      `'; DROP TABLE x; --`,
      '{a}',
      'a:b',
      '"quoted"\\',
      '<b>ü</b> 🙂',
      's',
      'r:one',
      '%s %d',
      '',
      'a\0b',
      '\ud800',
      'a'.repeat(5_000),
    ]
    const counters: BudgetCounter[] = []
    for (const [index, text] of odd.entries()) counters.push(await seeded(text, index))
    for (const [index, id] of odd.entries())
      await store.reserve({ id, claims: counters.map((one) => claimOf(one, index)), ttlMs: 60_000 })
    const sum = odd.reduce((total, _, index) => total + index, 0)
    expect(await store.read(counters)).toEqual(counters.map((_, index) => standing(index, sum)))
    for (const [index, id] of odd.entries())
      await store.settle({ id, entries: counters.map((one) => ({ ...one, spentNanoUsd: index })) })
    expect(await store.read(counters)).toEqual(counters.map((_, index) => standing(index + sum, 0)))
  })

  test('a window that has ended long ago is counted like any other', async () => {
    const { store } = await aStage(makeStore)
    const counter = { key: randomUUID(), endsAtMs: Date.now() - 400 * 24 * HOUR_MS }
    await store.seed(counter, 5)
    await store.reserve({ id: 'one', claims: [claimOf(counter, 1)], ttlMs: 60_000 })
    expect(await store.settle({ id: 'one', entries: [{ ...counter, spentNanoUsd: 1 }] })).toEqual([
      standing(6, 0),
    ])
  })

  test('nothing asked is nothing answered', async () => {
    const { store } = await aStage(makeStore)
    expect(await store.reserve({ id: 'one', claims: [], ttlMs: 60_000 })).toEqual({
      outcome: 'reserved',
      standings: [],
    })
    expect(await store.settle({ id: 'one', entries: [] })).toEqual([])
    expect(await store.read([])).toEqual([])
  })

  test('does whatever the model of it does', { timeout: 60_000 }, async () => {
    const steps = budgetSteps(Date.now() + HOUR_MS, fc.constant(600_000))
    const store = await makeStore()
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const model = new BudgetModel()
        const run = randomUUID()
        for (const step of all) {
          if (step.what === 'pass') continue
          const answer = withoutRun(await doStep(store, inRun(step, run)), run)
          expect(answer ?? undefined).toEqual(await doStep(model, step))
        }
      }),
      { numRuns: 100 },
    )
  })
}

/** Stores outlive tests, so each has keys and ids of its own. */
async function aStage(makeStore: () => Promise<BudgetStore>) {
  const run = randomUUID()
  const real = await makeStore()
  const endsAtMs = Date.now() + HOUR_MS
  const store = {
    reserve: async (request: ReserveRequest) => {
      const claims = request.claims.map((claim) => ({ ...claim, key: run + claim.key }))
      const reply = await real.reserve({ ...request, id: run + request.id, claims })
      return withoutRun(reply, run)
    },
    settle: async ({ id, entries }: SettleRequest) =>
      await real.settle({
        id: run + id,
        entries: entries.map((entry) => ({ ...entry, key: run + entry.key })),
      }),
    read: async (counters: readonly BudgetCounter[]) =>
      await real.read(counters.map((one) => ({ ...one, key: run + one.key }))),
    seed: async (counter: BudgetCounter, spent: number) =>
      await real.seed({ ...counter, key: run + counter.key }, spent),
  }
  const counter = (key: string): BudgetCounter => ({ key, endsAtMs })
  const seeded = async (key: string, spentNanoUsd: number): Promise<BudgetCounter> => {
    await store.seed(counter(key), spentNanoUsd)
    return counter(key)
  }
  return { store, counter, seeded }
}

function claimOf(counter: BudgetCounter, amountNanoUsd: number): BudgetClaim {
  return { ...counter, amountNanoUsd, limitNanoUsd: 100, isEnforced: true }
}

function standing(spentNanoUsd: number, heldNanoUsd: number) {
  return { spentNanoUsd, heldNanoUsd }
}

/** The same step with keys and ids that begin with a text of the run's own. */
function inRun(step: BudgetStep, run: string): BudgetStep {
  return JSON.parse(JSON.stringify(step), (name, value: unknown) =>
    name === 'key' || name === 'id' ? `${run}${String(value)}` : value,
  ) as BudgetStep
}

function withoutRun<T>(reply: T, run: string): T {
  if (typeof reply !== 'object' || reply === null || !('unknown' in reply)) return reply
  return { ...reply, unknown: (reply.unknown as readonly string[]).map((key) => key.slice(run.length)) }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5))
}
