/** How a ledger goes about its store. */
export interface LedgerPolicy {
  /** Rows that may wait to be written; further ones are dropped and counted. */
  readonly queueMax: number
  /** Rows that are written at a time. */
  readonly batchMax: number
  /** Longest wait of a row for others to be written with, ms. */
  readonly flushMs: number
  /** Rows are forgotten after this. */
  readonly retentionDays: number
  /** Sums by hour are forgotten after this; those by day are kept. */
  readonly hourRetentionDays: number
}

const DAY_MS = 86_400_000

/** Since when sums by hour are kept; of what lies before there are sums by day. */
export function hoursKeptFromMs(
  { hourRetentionDays }: Pick<LedgerPolicy, 'hourRetentionDays'>,
  nowMs: number,
): number {
  return nowMs - hourRetentionDays * DAY_MS
}
