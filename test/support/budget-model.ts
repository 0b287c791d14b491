/** What a budget store does, as plainly as it can be said: amounts are bigints, nothing is fast, time is told. */
import fc from 'fast-check'
import {
  COUNTER_MAX_NANO_USD,
  type BudgetCounter,
  type BudgetStanding,
  type BudgetStore,
  type ReserveReply,
  type ReserveRequest,
  type SettleRequest,
} from '../../src/core/budget-store.ts'

const MOST = BigInt(COUNTER_MAX_NANO_USD)

interface ModelCounter {
  spent: bigint
  isSeeded: boolean
}

interface ModelHold {
  readonly key: string
  readonly amount: bigint
  readonly endsMs: number
}

export class BudgetModel {
  readonly #counters = new Map<string, ModelCounter>()
  readonly #holds = new Map<string, readonly ModelHold[]>()
  readonly #settled = new Set<string>()
  #nowMs = 0

  pass(ms: number): void {
    this.#nowMs += ms
    for (const [id, holds] of this.#holds)
      if (holds.every(({ endsMs }) => endsMs <= this.#nowMs)) this.#holds.delete(id)
  }

  reserve({ id, claims, ttlMs }: ReserveRequest): ReserveReply {
    const unknown = claims.map(({ key }) => key).filter((key) => this.#counters.get(key)?.isSeeded !== true)
    if (unknown.length > 0) return { outcome: 'unknown', unknown }
    const standings = () => claims.map(({ key }) => this.#standing(key))
    if (this.#holds.has(id) || this.#settled.has(id)) return { outcome: 'reserved', standings: standings() }
    const isRefused = claims.some(({ key, amountNanoUsd, limitNanoUsd, isEnforced }) => {
      const total = this.#spent(key) + this.#held(key) + BigInt(amountNanoUsd)
      return isEnforced && amountNanoUsd > 0 && total > BigInt(limitNanoUsd)
    })
    if (isRefused) return { outcome: 'refused', standings: standings() }
    const holds = claims.map(({ key, amountNanoUsd }) => {
      const room = MOST - this.#held(key)
      const amount = BigInt(amountNanoUsd) < room ? BigInt(amountNanoUsd) : room
      return { key, amount, endsMs: this.#nowMs + ttlMs }
    })
    if (holds.some(({ amount }) => amount > 0n)) this.#holds.set(id, holds)
    return { outcome: 'reserved', standings: standings() }
  }

  settle({ id, entries }: SettleRequest): readonly BudgetStanding[] {
    const isFirst = !this.#settled.has(id)
    this.#settled.add(id)
    if (isFirst) this.#holds.delete(id)
    for (const { key, spentNanoUsd } of isFirst ? entries : []) {
      const counter = this.#counters.get(key) ?? { spent: 0n, isSeeded: false }
      const spent = counter.spent + BigInt(spentNanoUsd)
      this.#counters.set(key, { ...counter, spent: spent < MOST ? spent : MOST })
    }
    return entries.map(({ key }) => this.#standing(key))
  }

  read(counters: readonly BudgetCounter[]): readonly (BudgetStanding | undefined)[] {
    return counters.map(({ key }) => {
      return this.#counters.get(key)?.isSeeded === true ? this.#standing(key) : undefined
    })
  }

  seed({ key }: BudgetCounter, spentNanoUsd: number): void {
    const counter = this.#counters.get(key)
    if (counter?.isSeeded === true) return
    const [before, told] = [counter?.spent ?? 0n, BigInt(spentNanoUsd)]
    this.#counters.set(key, { spent: before > told ? before : told, isSeeded: true })
  }

  #standing(key: string): BudgetStanding {
    return { spentNanoUsd: Number(this.#spent(key)), heldNanoUsd: Number(this.#held(key)) }
  }

  #spent(key: string): bigint {
    return this.#counters.get(key)?.spent ?? 0n
  }

  #held(key: string): bigint {
    const holds = [...this.#holds.values()].flat().filter((hold) => hold.key === key)
    return holds.reduce((sum, { amount }) => sum + amount, 0n)
  }
}

/** Something that is done to a store, and to the model. */
export type BudgetStep =
  | { readonly what: 'reserve'; readonly request: ReserveRequest }
  | { readonly what: 'settle'; readonly request: SettleRequest }
  | { readonly what: 'read'; readonly counters: readonly BudgetCounter[] }
  | { readonly what: 'seed'; readonly counter: BudgetCounter; readonly spentNanoUsd: number }
  | { readonly what: 'pass'; readonly ms: number }

/** @returns what it answered */
export async function doStep(store: BudgetStore | BudgetModel, step: BudgetStep): Promise<unknown> {
  switch (step.what) {
    case 'reserve':
      return await store.reserve(step.request)
    case 'settle':
      return await store.settle(step.request)
    case 'read':
      return await store.read(step.counters)
    case 'seed':
      return await store.seed(step.counter, step.spentNanoUsd)
    case 'pass':
      return store instanceof BudgetModel ? store.pass(step.ms) : undefined
  }
}

const KEYS = ['a', 'b', 'all of "it"'] as const
/** What each id claims of: whoever tries again claims the same. */
const CLAIMED = { one: KEYS, two: [KEYS[0]], three: [KEYS[0], KEYS[1]], four: [KEYS[2], KEYS[1]], none: [] }

/** Steps over few keys and ids, so that they meet; amounts of all sizes. */
export function budgetSteps(endsAtMs: number, ttlMs: fc.Arbitrary<number>): fc.Arbitrary<BudgetStep[]> {
  const amount = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 30 }) },
    { weight: 1, arbitrary: fc.integer({ min: COUNTER_MAX_NANO_USD - 30, max: COUNTER_MAX_NANO_USD }) },
    { weight: 1, arbitrary: fc.maxSafeNat() },
  )
  const limit = fc.oneof(fc.integer({ min: 1, max: 100 }), amount)
  const eachOf = <T>(keys: readonly string[], part: fc.Arbitrary<T>) =>
    fc.tuple(...keys.map((key) => part.map((parts) => ({ key, endsAtMs, ...parts }))))
  const reserve = fc.constantFrom(...Object.entries(CLAIMED)).chain(([id, keys]) => {
    const claim = fc.record({ amountNanoUsd: amount, limitNanoUsd: limit, isEnforced: fc.boolean() })
    return fc.record({ id: fc.constant(id), claims: eachOf(keys, claim), ttlMs })
  })
  const id = fc.constantFrom(...Object.keys(CLAIMED))
  const settle = fc.record({ id, entries: eachOf(KEYS, fc.record({ spentNanoUsd: amount })) })
  const counters = fc.subarray([...KEYS]).map((keys) => keys.map((key) => ({ key, endsAtMs })))
  const step: fc.Arbitrary<BudgetStep> = fc.oneof(
    fc.record({ what: fc.constant('reserve'), request: reserve }),
    fc.record({ what: fc.constant('settle'), request: settle }),
    fc.record({ what: fc.constant('read'), counters }),
    fc.record({
      what: fc.constant('seed'),
      counter: fc.constantFrom(...KEYS).map((key) => ({ key, endsAtMs })),
      spentNanoUsd: amount,
    }),
    fc.record({ what: fc.constant('pass'), ms: fc.integer({ min: 0, max: 20 }) }),
  )
  return fc.array(step, { minLength: 1, maxLength: 30 })
}
