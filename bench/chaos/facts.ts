/** What the story has seen: everything that its promises are checked on. Times are the story's, ms since the epoch. */
import type { CallReport } from 'express-llm'
import type { ProviderName, TierName } from './cast.ts'

/** One request of the app's users. */
export interface Ask {
  readonly number: number
  readonly phase: string
  readonly tier: TierName
  readonly isStreamed: boolean
  readonly isLong: boolean
  readonly user: string
  readonly priority: number
  /** Part of a burst rather than of the steady traffic. */
  readonly burst: string | undefined
  /** How long the user waits, ms; undefined: the router's own limit. */
  readonly timeoutMs: number | undefined
}

/**
 * `answered`: the whole answer, and it is the right one · `refused`: nobody was asked, and the app says so · `failed`: a
 * clean error · `broken`: the connection broke, the end is missing, or the answer is not what it looks like.
 */
export type Ending = 'answered' | 'refused' | 'failed' | 'broken'

/** What the user of one request got in the end. */
export interface Answer extends Ask {
  readonly sentAtMs: number
  readonly endedAtMs: number
  /** What the user has waited for, ms: a stream's first words, and else the whole answer. */
  readonly waitMs: number
  readonly ending: Ending
  /** For all but `answered`: what is wrong, in words. */
  readonly detail: string | undefined
  readonly status: number | undefined
  /** `instance/model`, as the app's header says. */
  readonly target: string | undefined
  /** The process that has given it. */
  readonly process: string
  /** How long the app asked to be left alone, ms; undefined when it did not. */
  readonly retryAfterMs: number | undefined
  /** Times that it was sent away to another process. */
  readonly moves: number
}

/** One request, as a provider has seen it. */
export interface ProviderRequest {
  readonly number: number
  readonly provider: ProviderName
  readonly atMs: number
  readonly isAnswered: boolean
  readonly status: number | undefined
  /** Undefined when it told none. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined
}

/** One call, as the app's own report has it. */
export interface CallFacts {
  readonly number: number
  readonly process: string
  readonly begunAtMs: number
  readonly report: Pick<
    CallReport,
    'callId' | 'outcome' | 'tier' | 'target' | 'attempts' | 'skipped' | 'costUsd' | 'wastedUsd' | 'costStatus'
  >
}

/** A router's word on the state that it shares. */
export interface StoreWord {
  readonly process: string
  readonly atMs: number
  readonly isUp: boolean
}

/** What an app process knows since it was last asked. */
export interface ProcessFacts {
  readonly calls: readonly CallFacts[]
  readonly words: readonly StoreWord[]
  /** The longest time in which it could do nothing, ms. */
  readonly stallMs: number
}

/** Something that the director did. */
export interface Mark {
  readonly phase: string
  readonly name: string
  readonly atMs: number
}

export interface PhaseSpan {
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
  /** The longest time in which one of the processes could do nothing, ms. */
  readonly stallMs: number
}

/** How a process ended that was told to. */
export interface ProcessEnd {
  readonly phase: string
  readonly process: string
  /** From SIGTERM, ms. */
  readonly tookMs: number
  readonly code: number | null
}

export interface StoryFacts {
  readonly phases: readonly PhaseSpan[]
  readonly marks: readonly Mark[]
  readonly answers: readonly Answer[]
  readonly calls: readonly CallFacts[]
  readonly requests: readonly ProviderRequest[]
  readonly ends: readonly ProcessEnd[]
  readonly words: readonly StoreWord[]
  /** The processes share their limits and what they know of targets. */
  readonly isShared: boolean
}
