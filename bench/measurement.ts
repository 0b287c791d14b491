/** What a run of the bench finds out; `--json` prints it as it is. */
export interface Measurement {
  readonly rows: readonly RowResult[]
  readonly streams: readonly StreamRowResult[]
  readonly planning: PlanningResult
  readonly guards: GuardsResult
  readonly ledger: LedgerResult
  readonly import: ImportResult
  readonly tarball: TarballResult
  readonly environment: Environment
}

/** Medians over the rounds. */
export interface RowResult extends RoundResult {
  readonly name: string
  readonly title: string
  /** Requests a second as a multiple of the bare client's. */
  readonly ratioToBare: number
  /** Requests a second as a share of the limit. */
  readonly ratioToLimit: number
  readonly rounds: readonly RoundResult[]
}

/** One round of one row. */
export interface RoundResult {
  /**
   * Answers per second of the server's processor time, all its threads: what one core serves that does nothing else.
   * The ratios are of these, because they hold still on a machine that others use as well.
   */
  readonly requestsPerSecond: number
  /** Answers per second by the clock; the same number when the server had its core to itself and filled it. */
  readonly requestsPerClockSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** How much of one core the server used: far below 1, and latencies and clock tell of something else. */
  readonly cpuShare: number
  /** Spans that reached the exporter, per call; 0 without an SDK. */
  readonly spansPerCall: number
}

/** Streams of one server; medians over the rounds. */
export interface StreamRowResult {
  readonly name: string
  readonly title: string
  /** Several chunks in each network packet of the provider. */
  readonly packed: StreamSpeed
  /** One chunk in each. */
  readonly single: StreamSpeed
  readonly firstContent: FirstContentResult
  readonly held: HeldResult
}

export interface StreamSpeed extends StreamRound {
  /** Chunks a second as a multiple of the bare client's, and as a share of the limit, at the same pace. */
  readonly ratioToBare: number
  readonly ratioToLimit: number
  readonly rounds: readonly StreamRound[]
}

export interface StreamRound {
  /** Chunks that reached the load, per second of the server's processor time; usage that nobody asked for not counted. */
  readonly chunksPerSecond: number
  readonly cpuShare: number
  readonly spansPerStream: number
}

/** From the load's sending of a request to the first content that it gets back, with hardly anything else going on. */
export interface FirstContentResult extends FirstContentRound {
  /** p50 above the bare client's. */
  readonly overheadMs: number
  readonly rounds: readonly FirstContentRound[]
}

export interface FirstContentRound {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Many streams of a slow model, open at the same time. */
export interface HeldResult {
  /** How many there were, and still flowed at the end. */
  readonly streams: number
  /** What each adds to the server's resident memory, and to its heap and buffers after a collection, kB (1,000 bytes). */
  readonly rssKbPerStream: number
  readonly heapKbPerStream: number
  readonly cpuShare: number
}

/** The pure part of a decision. */
export interface PlanningResult {
  readonly targets: number
  readonly medianUs: number
  readonly p99Us: number
}

/** Breaker, limits, quota and shedding, in memory. */
export interface GuardsResult {
  /** Of one call. */
  readonly medianUs: number
  readonly p99Us: number
  /** How many targets were asked. */
  readonly targets: number
  /** What is remembered of each. */
  readonly bytesPerTarget: number
  /** What asking all of them for another minute added, as a share of that. */
  readonly growth: number
}

/** A ledger in SQLite; medians over the rounds. */
export interface LedgerResult extends LedgerRound {
  readonly rounds: readonly LedgerRound[]
  /** What is in it when it is asked, over the last 90 days. */
  readonly rows: number
  readonly fileMb: number
  /** Sums of today. */
  readonly today: LedgerQueryResult
  /** Sums of 30 days by model and day. */
  readonly modelsByDay: LedgerQueryResult
  /** The newest 50 calls: of all, of a user with one row in 50,000, of a tenant with one in 300. */
  readonly newestCalls: LedgerQueryResult
  readonly rareUser: LedgerQueryResult
  readonly callsOfTenant: LedgerQueryResult
  /** One call by its id. */
  readonly call: LedgerQueryResult
}

/** 2,000 calls a second, with the ledger and without. */
export interface LedgerRound {
  /** Processor time of the main thread for each call, everything included: rows, batches, messages, answers. */
  readonly usPerCall: number
  /** The most processor time of the main thread between two turns of its event loop, with what makes the calls, and without a ledger. */
  readonly longestPauseMs: number
  readonly longestPauseWithoutMs: number
  /** How late a timer was at most, by the clock: on a machine that others use, mostly their work. */
  readonly longestDelayMs: number
  readonly longestDelayWithoutMs: number
}

export interface LedgerQueryResult {
  readonly medianMs: number
  /** The first time that it was asked. */
  readonly firstMs: number
  readonly worstMs: number
}

/** `import('express-llm')` in fresh processes. */
export interface ImportResult {
  readonly medianMs: number
  /** Resident memory that the import adds, MB. */
  readonly medianRssMb: number
  readonly runs: number
}

/** What `npm publish` would send. */
export interface TarballResult {
  readonly bytes: number
  readonly unpackedBytes: number
  readonly files: number
}

export interface Environment {
  readonly node: string
  readonly cpus: number
  readonly cpuModel: string
  /** Whether the server under test had a core of its own. */
  readonly isPinned: boolean
  readonly connections: number
  readonly rounds: number
  readonly seconds: number
}
