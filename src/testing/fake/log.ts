import type { Changes } from './changes.ts'
import { createChanges } from './changes.ts'
import type { FakeRequest } from './request.ts'
import type { FakeUsage } from './usage.ts'
import { sumUsage } from './usage.ts'

/**
 * `pending`: no byte of an answer was sent yet · `streaming`: a stream has begun, and has no finish reason yet ·
 * `answered`: a well-formed answer was sent, or a stream up to its finish reason · `fault`: a scripted fault or a
 * refusal · `client-closed`: the client went away before the whole answer (or fault) was sent.
 */
export type FakeOutcome = 'pending' | 'streaming' | 'answered' | 'fault' | 'client-closed'

/** A request and what became of it. The fields of its own change until the exchange is over. */
export interface FakeRequestRecord extends FakeRequest {
  readonly outcome: FakeOutcome
  /** The status that was sent; undefined when none was. */
  readonly status: number | undefined
  /** The tokens that the answer told; undefined when it told none. */
  readonly usage: FakeUsage | undefined
  /** Tokens of a stream (chunks with output) that were sent so far; 0 for every other answer. */
  readonly tokensSent: number
  /** Chunks of a stream that were sent so far, malformed ones included, `[DONE]` and comments not. */
  readonly chunksSent: number
  /** When the client was seen to have gone, wall clock, ms since the epoch; undefined unless it went too early. */
  readonly closedAtMs: number | undefined
}

/** Sums over the answers that were sent: what this provider would put on its bill. */
export interface FakeTotals {
  /** Answers sent; faults, refusals and broken answers do not count. */
  readonly requests: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cachedTokens: number
  readonly cacheWriteTokens: number
  readonly reasoningTokens: number
}

/** One exchange, as the doors tell it. */
export interface FakeExchange {
  /** The answer or fault begins: told before its first byte, so that whoever has read it finds it in the log. */
  sent(what: {
    readonly status: number | undefined
    readonly usage: FakeUsage | undefined
    readonly isAnswer: boolean
  }): void
  /** Headers of a stream are about to go out. */
  streamBegun(status: number): void
  /** A part of a stream is about to go out; told before, for the same reason. */
  streamed(part: StreamProgress): void
  /** The client went away. */
  clientClosed(): void
}

/** What a part of a stream brings. */
export interface StreamProgress {
  readonly tokens: number
  readonly chunks: number
  /** Tokens that it tells; what several parts tell is summed. */
  readonly usage: FakeUsage | undefined
  /** It has the last finish reason. */
  readonly isComplete: boolean
  /** No part with tokens comes after it. */
  readonly isEnd: boolean
}

export interface FakeLog {
  readonly requests: readonly FakeRequestRecord[]
  totals(operation: 'chat' | 'embeddings'): FakeTotals
  begin(request: FakeRequest): FakeExchange
  /** Resolves when `count` requests have come in since the start (or the last `clear`). */
  waitFor(count: number): Promise<readonly FakeRequestRecord[]>
  /** Resolves with the request whose stream is the first to have sent `count` tokens. */
  waitForTokens(count: number): Promise<FakeRequestRecord>
  /** Resolves with the first request that its client gave up, as soon as there is one. */
  waitForClose(): Promise<FakeRequestRecord>
  clear(): void
}

const NOTHING: FakeTotals = {
  requests: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
}

type Draft = { -readonly [K in keyof FakeRequestRecord]: FakeRequestRecord[K] }

interface LogState {
  readonly requests: Draft[]
  readonly totals: { chat: FakeTotals; embeddings: FakeTotals }
  readonly changes: Changes
  /** Requests since the last clear, forgotten ones included. */
  count: number
  firstClosed: FakeRequestRecord | undefined
  /** The request that has sent the most tokens. */
  longest: FakeRequestRecord | undefined
  /** Counts the clears. */
  epoch: number
}

export function createFakeLog(requestsMax: number): FakeLog {
  const totals = { chat: NOTHING, embeddings: NOTHING }
  const changes = createChanges()
  const nothingYet = { count: 0, firstClosed: undefined, longest: undefined }
  const state: LogState = { requests: [], totals, changes, epoch: 0, ...nothingYet }
  return {
    requests: state.requests,
    totals: (operation) => totals[operation],
    begin(request) {
      const record: Draft = { ...request, ...UNANSWERED }
      state.requests.push(record)
      if (state.requests.length > requestsMax) state.requests.shift()
      state.count += 1
      changes.tell()
      return openExchange(record, state)
    },
    async waitFor(wanted) {
      await changes.until(() => state.count >= wanted)
      return state.requests
    },
    waitForTokens: (wanted) =>
      changes.until(() => (state.longest && state.longest.tokensSent >= wanted ? state.longest : undefined)),
    waitForClose: () => changes.until(() => state.firstClosed),
    clear() {
      state.requests.length = 0
      totals.chat = NOTHING
      totals.embeddings = NOTHING
      Object.assign(state, nothingYet)
      state.epoch += 1
    },
  }
}

const UNANSWERED = {
  outcome: 'pending',
  status: undefined,
  usage: undefined,
  tokensSent: 0,
  chunksSent: 0,
  closedAtMs: undefined,
} as const

function openExchange(record: Draft, state: LogState): FakeExchange {
  const { epoch } = state
  function bill(requests: number, usage: FakeUsage | undefined): void {
    const { operation } = record
    // An answer to a request of before `clear` belongs to the bill of before.
    if (epoch !== state.epoch || operation === 'models' || operation === 'other') return
    state.totals[operation] = add(state.totals[operation], { requests, usage })
  }
  return {
    sent({ status, usage, isAnswer }) {
      record.status = status
      record.usage = usage
      record.outcome = isAnswer ? 'answered' : 'fault'
      if (isAnswer) bill(1, usage)
    },
    streamBegun(status) {
      record.status = status
      record.outcome = 'streaming'
    },
    streamed({ tokens, chunks, usage, isComplete, isEnd }) {
      record.tokensSent += tokens
      record.chunksSent += chunks
      record.usage = sumUsage(record.usage, usage)
      if (isComplete) record.outcome = 'answered'
      else if (isEnd && record.outcome === 'streaming') record.outcome = 'fault'
      if (isComplete || usage) bill(isComplete ? 1 : 0, usage)
      if (epoch !== state.epoch) return
      if (record.tokensSent > (state.longest?.tokensSent ?? 0)) state.longest = record
      if (tokens > 0) state.changes.tell()
    },
    clientClosed() {
      record.outcome = 'client-closed'
      record.closedAtMs = Date.now()
      if (epoch !== state.epoch) return
      state.firstClosed ??= record
      state.changes.tell()
    },
  }
}

interface Billed {
  readonly requests: number
  readonly usage: FakeUsage | undefined
}

function add(totals: FakeTotals, { requests, usage }: Billed): FakeTotals {
  return {
    requests: totals.requests + requests,
    promptTokens: totals.promptTokens + (usage?.promptTokens ?? 0),
    completionTokens: totals.completionTokens + (usage?.completionTokens ?? 0),
    cachedTokens: totals.cachedTokens + (usage?.cachedTokens ?? 0),
    cacheWriteTokens: totals.cacheWriteTokens + (usage?.cacheWriteTokens ?? 0),
    reasoningTokens: totals.reasoningTokens + (usage?.reasoningTokens ?? 0),
  }
}
