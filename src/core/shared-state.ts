/**
 * What several processes know together. Three operations, each atomic, each with its time told by the state and not by
 * those who ask, so that the clocks of processes need not agree. An operation may fail or hang: who asks waits no longer
 * than `timeoutMs`.
 */
import type { BudgetStore } from './budget-store.ts'
import type { CooldownCause } from './target-health.ts'

/** Parts of a minute that a `stamp` counts. */
export const STAMPS = 240

/** What `redisState()` and `memoryState()` return: the router's `sharedState`. What it asks of it is its own business. */
export interface SharedState {
  /** Longest wait for one operation, ms. */
  readonly timeoutMs: number
  /** What becomes of limited calls, and of those with a budget, while no operation succeeds. */
  readonly onStoreError: OnStoreError
}

export interface SharedOperations extends SharedState {
  /** How long a minute of limits is, ms; shorter in tests. */
  readonly minuteMs: number
  /** Asks for room within limits, and tells what has changed since. */
  lease(request: LeaseRequest): Promise<LeaseReply>
  /** Tells what one process has found out about targets, and reads what all have. */
  sync(request: SyncRequest): Promise<SyncReply>
  /** For one of all processes. */
  claim(request: ClaimRequest): Promise<ClaimReply>
  /** Budgets, counted for all processes together. */
  readonly budgets: BudgetStore
}

/**
 * `allow`: calls go on within this process's part of each limit, the limit divided by the number of processes.
 * `deny`: limited targets are left out. Of budgets see `BudgetStore`.
 */
export type OnStoreError = 'allow' | 'deny'

export interface LeaseRequest {
  /** Scopes of one group are kept together, so that one operation can look at all of them. */
  readonly group: string
  /** Who asks; unique among all. */
  readonly process: string
  /** What this process holds is free again when it has not been heard of for so long. */
  readonly leaseMs: number
  readonly scopes: readonly LeaseScope[]
  readonly asks: readonly LeaseAsk[]
}

/** One scope, its limits, and what this process has to say of it. */
export interface LeaseScope {
  readonly scope: string
  readonly concurrency?: number
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  /** The generation of its counters that this process has dealt with; '' when it has nothing in them. */
  readonly generation: string
  /** Attempts that this process has under way. Absolute, so that whatever was lost is made good by the next time. */
  readonly held: number
  readonly changes: readonly LeaseChange[]
  /** A 429 came: who began by the last one says nothing new. */
  readonly refused?: { readonly stamp: number; readonly retryAfterMs: number }
  /** Attempts have ended without a 429. */
  readonly hasAnswered: boolean
  /** What the provider says is left. */
  readonly left?: { readonly requests?: LeftAtMark; readonly tokens?: LeftAtMark }
}

/** What is left until a reset, as an attempt was told that began when so much had been taken. */
export interface LeftAtMark {
  readonly remaining: number
  readonly resetMs: number
  readonly mark: number
}

/** What was counted is put right: less than 0 where it was too much. */
export interface LeaseChange {
  /** When it was counted, as a reply's `stamp`; what is later than now is now. */
  readonly stamp: number
  readonly requests: number
  readonly tokens: number
}

/** One call that wants to begin: it gets room in all of its scopes, or in none. */
export interface LeaseAsk {
  /** Places in `scopes`. */
  readonly scopes: readonly number[]
  readonly tokens: number
}

export interface LeaseReply {
  /** The time of the state, in 240ths of a minute, with a fraction. */
  readonly stamp: number
  /** For each ask, in order; none passes one before it in the same scope. */
  readonly granted: readonly boolean[]
  readonly scopes: readonly LeaseScopeReply[]
}

export interface LeaseScopeReply {
  /** When it is not the one that was told, the counters are new: nothing is granted until it has been told. */
  readonly generation: string
  /** Part of the configured rate that is allowed, above 0 to 1. */
  readonly allowedShare: number
  /** How long the provider wants to be left alone, ms. */
  readonly closedForMs: number
  /** What had been taken of it, ever, before the asks. */
  readonly mark: { readonly requests: number; readonly tokens: number }
  /** Set where there was no room for an ask. */
  readonly denied?: LeaseDenial
}

export interface LeaseDenial {
  /** `places`: only an attempt's end makes room · `rate`: time does. */
  readonly by: 'rate' | 'places'
  /** Before that there is no room for anybody, ms. */
  readonly soonestMs: number
  /** When to ask again: those who wait are sent one after the other, ms. */
  readonly againMs: number
}

export interface SyncRequest {
  readonly process: string
  /** Who has not been heard of for so long is not counted any more. */
  readonly leaseMs: number
  readonly news: readonly HealthNews[]
}

/** What a process has found out about a target by itself. */
export type HealthNews =
  /** Its breaker has opened. */
  | { readonly target: string; readonly what: 'open'; readonly forMs: number; readonly cause: string }
  /** A probe was answered. */
  | { readonly target: string; readonly what: 'answered' }
  | {
      readonly target: string
      readonly what: 'cooldown'
      readonly forMs: number
      readonly cause: CooldownCause
    }
  /** What only a human can mend has been. */
  | { readonly target: string; readonly what: 'mended' }

/** The part of a target that it is about: of two words on one, the later counts. */
export function partOf(news: HealthNews): string {
  if (news.what === 'cooldown' && news.cause === 'retry-after') return news.cause
  return news.what === 'cooldown' || news.what === 'mended' ? 'human' : 'breaker'
}

export interface SyncReply {
  /** Processes that have been heard of, this one included. */
  readonly processes: number
  readonly told: readonly TargetNews[]
  /** Another one than before: what the state knew has been lost. */
  readonly epoch: string
}

/** The last word on a target's breaker, on its Retry-After, or on what only a human can mend. */
export type TargetNews = HealthNews & {
  /** The process that said so. */
  readonly by: string
  /** No two words have the same. */
  readonly word: string
}

export interface ClaimRequest {
  readonly process: string
  readonly target: string
  /** How long nobody else gets it, ms. */
  readonly forMs: number
}

/** `isYours`, or how long it is somebody else's, ms. */
export type ClaimReply = { readonly isYours: true } | { readonly isYours: false; readonly freeInMs: number }
