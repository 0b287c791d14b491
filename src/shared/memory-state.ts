import { systemClock, type Clock } from '../core/clock.ts'
import {
  STAMPS,
  type ClaimReply,
  type ClaimRequest,
  type LeaseReply,
  type LeaseRequest,
  type SharedOperations,
  type SharedState,
  type SyncReply,
  type SyncRequest,
} from '../core/shared-state.ts'
import { createMemoryBudgets, type MemoryBudgets } from './memory-budgets.ts'
import { MemoryLimits } from './memory-limits.ts'
import { MemoryWords } from './memory-words.ts'

/** Limits, cooldowns, breakers and budgets that several routers of one process share: the `sharedState` of each. */
export function memoryState(): SharedState {
  return createMemoryState(systemClock, 60_000)
}

export function createMemoryState(clock: Clock, minuteMs: number): SharedOperations {
  return new MemoryState(clock, minuteMs)
}

class MemoryState implements SharedOperations {
  readonly timeoutMs = 1_000
  readonly onStoreError = 'allow'
  readonly minuteMs: number
  readonly budgets: MemoryBudgets
  readonly #clock: Clock
  /** One for each limited scope of the routers that share it. */
  readonly #limits = new Map<string, MemoryLimits>()
  readonly #words = new MemoryWords()
  /** When each is forgotten. */
  readonly #processes = new Map<string, number>()
  readonly #claims = new Map<string, { readonly by: string; readonly untilMs: number }>()

  constructor(clock: Clock, minuteMs: number) {
    this.#clock = clock
    this.minuteMs = minuteMs
    this.budgets = createMemoryBudgets(clock)
  }

  async lease({ process, leaseMs, scopes, asks }: LeaseRequest): Promise<LeaseReply> {
    const nowMs = this.#clock.monotonic()
    const opened = scopes.map((scope) => {
      const limits = this.#limits.get(scope.scope) ?? new MemoryLimits(scope, this.minuteMs)
      this.#limits.set(scope.scope, limits)
      return limits.open(scope, { process, leaseMs, nowMs })
    })
    const granted = asks.map((ask) => {
      const asked = ask.scopes.map((index) => opened[index]).filter((scope) => scope !== undefined)
      const isDenied = asked.map((scope) => scope.denies(ask.tokens)).includes(true)
      if (!isDenied) for (const scope of asked) scope.take(ask.tokens)
      return !isDenied
    })
    const stamp = (nowMs * STAMPS) / this.minuteMs
    return { stamp, granted, scopes: opened.map((scope) => scope.reply()) }
  }

  async sync({ process, leaseMs, news }: SyncRequest): Promise<SyncReply> {
    const nowMs = this.#clock.monotonic()
    this.#processes.set(process, nowMs + leaseMs)
    for (const [other, endsMs] of this.#processes) if (endsMs <= nowMs) this.#processes.delete(other)
    for (const one of news) this.#words.tell(one, { by: process, nowMs })
    return { processes: this.#processes.size, epoch: 'memory', told: this.#words.all(nowMs) }
  }

  async claim({ process, target, forMs }: ClaimRequest): Promise<ClaimReply> {
    const nowMs = this.#clock.monotonic()
    const claim = this.#claims.get(target)
    if (claim !== undefined && claim.untilMs > nowMs && claim.by !== process)
      return { isYours: false, freeInMs: claim.untilMs - nowMs }
    this.#claims.set(target, { by: process, untilMs: nowMs + forMs })
    return { isYours: true }
  }
}
