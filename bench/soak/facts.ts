/** What a soak counts, and what its processes tell each other. */

/** What calls come to, whoever has counted them. */
export interface Sum {
  readonly calls: number
  readonly attempts: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number
}

export const NO_SUM: Sum = { calls: 0, attempts: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 }

/** What somebody tells of a call; what is unknown is left out. */
export type PartialSum = { readonly [K in keyof Sum]?: Sum[K] | undefined }

export function add(sum: Sum, more: PartialSum): Sum {
  return {
    calls: sum.calls + (more.calls ?? 0),
    attempts: sum.attempts + (more.attempts ?? 0),
    inputTokens: sum.inputTokens + (more.inputTokens ?? 0),
    outputTokens: sum.outputTokens + (more.outputTokens ?? 0),
    costUsd: sum.costUsd + (more.costUsd ?? 0),
  }
}

/** One attempt, as its report tells it. */
export interface AttemptFacts {
  readonly number: number
  readonly fake: string
  readonly isSuccess: boolean
  /** Undefined when the provider told no usage, or it is estimated. */
  readonly told: Pick<Sum, 'inputTokens' | 'outputTokens'> | undefined
  readonly costUsd: number | undefined
}

/** One request, as a fake has seen it. */
export interface SeenFacts {
  readonly number: number
  readonly fake: string
  readonly outcome: string
  readonly told:
    (Pick<Sum, 'inputTokens' | 'outputTokens'> & { readonly costUsd: number | undefined }) | undefined
}

/** The app in a quiet moment: no call is under way. */
export interface LapFacts {
  readonly rssBytes: number
  readonly heapBytes: number
  readonly cpuMs: number
  readonly openSpans: readonly string[]
  /** Listeners on the signal that lives as long as the app. */
  readonly signalListeners: number
  readonly warnings: readonly string[]
  /** Calls begun in the app's handlers, and those of them that were told as settled. */
  readonly begun: number
  readonly settled: number
  readonly problems: readonly string[]
  readonly attempts: readonly AttemptFacts[]
}

/** The app when everything is closed. */
export interface EndFacts {
  readonly openSpans: readonly string[]
  /** Sockets, timers and whatever else is there now and was not there before. */
  readonly leftovers: readonly string[]
  readonly signalListeners: number
  /** The same calls, counted by each who counts. */
  readonly sums: Readonly<Record<string, Sum>>
}
