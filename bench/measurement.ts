/** What a run of the bench finds out; `--json` prints it as it is. */
export interface Measurement {
  readonly rows: readonly RowResult[]
  readonly planning: PlanningResult
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

/** The pure part of a decision. */
export interface PlanningResult {
  readonly targets: number
  readonly medianUs: number
  readonly p99Us: number
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
