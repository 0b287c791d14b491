import type { FakeRequest } from './request.ts'
import type { FakeUsage } from './usage.ts'

/**
 * `pending`: no byte of an answer was sent yet · `answered`: a well-formed answer was sent · `fault`: a scripted fault
 * or a refusal · `client-closed`: the client went away before the whole answer (or fault) was sent.
 */
export type FakeOutcome = 'pending' | 'answered' | 'fault' | 'client-closed'

/** A request and what became of it. The last three fields change until the exchange is over. */
export interface FakeRequestRecord extends FakeRequest {
  readonly outcome: FakeOutcome
  /** The status that was sent; undefined when none was. */
  readonly status: number | undefined
  /** The tokens that the answer told; undefined when it told none. */
  readonly usage: FakeUsage | undefined
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
  /** The client went away. */
  clientClosed(): void
}

export interface FakeLog {
  readonly requests: readonly FakeRequestRecord[]
  totals(operation: 'chat' | 'embeddings'): FakeTotals
  begin(request: FakeRequest): FakeExchange
  /** Resolves when `count` requests have come in since the start (or the last `clear`). */
  waitFor(count: number): Promise<readonly FakeRequestRecord[]>
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
  /** Counts the clears. */
  epoch: number
}

export function createFakeLog(requestsMax: number): FakeLog {
  const totals = { chat: NOTHING, embeddings: NOTHING }
  const changes = createChanges()
  const state: LogState = { requests: [], totals, changes, count: 0, firstClosed: undefined, epoch: 0 }
  return {
    requests: state.requests,
    totals: (operation) => totals[operation],
    begin(request) {
      const record: Draft = { ...request, outcome: 'pending', status: undefined, usage: undefined }
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
    waitForClose: () => changes.until(() => state.firstClosed),
    clear() {
      state.requests.length = 0
      totals.chat = NOTHING
      totals.embeddings = NOTHING
      state.firstClosed = undefined
      state.count = 0
      state.epoch += 1
    },
  }
}

function openExchange(record: Draft, state: LogState): FakeExchange {
  const { epoch } = state
  return {
    sent({ status, usage, isAnswer }) {
      record.status = status
      record.usage = usage
      record.outcome = isAnswer ? 'answered' : 'fault'
      const { operation } = record
      // An answer to a request of before `clear` belongs to the bill of before.
      if (!isAnswer || epoch !== state.epoch || operation === 'models' || operation === 'other') return
      state.totals[operation] = add(state.totals[operation], usage)
    },
    clientClosed() {
      record.outcome = 'client-closed'
      if (epoch !== state.epoch) return
      state.firstClosed ??= record
      state.changes.tell()
    },
  }
}

function add(totals: FakeTotals, usage: FakeUsage | undefined): FakeTotals {
  return {
    requests: totals.requests + 1,
    promptTokens: totals.promptTokens + (usage?.promptTokens ?? 0),
    completionTokens: totals.completionTokens + (usage?.completionTokens ?? 0),
    cachedTokens: totals.cachedTokens + (usage?.cachedTokens ?? 0),
    cacheWriteTokens: totals.cacheWriteTokens + (usage?.cacheWriteTokens ?? 0),
    reasoningTokens: totals.reasoningTokens + (usage?.reasoningTokens ?? 0),
  }
}

interface Changes {
  /** Resolves with what `read` gives, as soon as that is neither undefined nor false; looks again at each change. */
  until<T>(read: () => T | undefined | false): Promise<T>
  tell(): void
}

function createChanges(): Changes {
  let looks: (() => boolean)[] = []
  return {
    until: <T>(read: () => T | undefined | false) =>
      new Promise<T>((resolve) => {
        const look = (): boolean => {
          const value = read()
          if (value === undefined || value === false) return false
          resolve(value)
          return true
        }
        if (!look()) looks.push(look)
      }),
    tell() {
      if (looks.length > 0) looks = looks.filter((look) => !look())
    },
  }
}
