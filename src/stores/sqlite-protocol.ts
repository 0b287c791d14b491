/** What the main thread and a worker of the SQLite ledger say to each other. */
import type { LedgerRow } from '../core/ledger-row.ts'
import type { LedgerErrorCode } from '../core/ledger-error.ts'
import type {
  CallQuery,
  GroupTotal,
  LedgerCalls,
  PruneBounds,
  RollUp,
  RollUpQuery,
  RowQuery,
  TotalsQuery,
} from '../core/ledger-store.ts'
import type { PackedRows } from './packed-rows.ts'

/** One connection writes; another reads, so that neither waits for the other. */
export type WorkerRole = 'write' | 'read'

export interface WorkerSettings {
  readonly role: WorkerRole
  /** Absolute. */
  readonly file: string
  readonly tablePrefix: string
  readonly busyTimeoutMs: number
  readonly timeZone: string
}

/** What each kind of worker can be asked: name → argument → answer. */
export interface WriteOperations {
  append(rows: PackedRows): void
  /** Rolls up what apps have written in transactions of their own. @returns whether any is left */
  rollUpPending(): boolean
  prune(bounds: PruneBounds): Promise<number>
}

export interface ReadOperations {
  rollUps(query: RollUpQuery): Promise<readonly RollUp[]>
  totals(query: TotalsQuery): Promise<readonly GroupTotal[]>
  calls(query: CallQuery): Promise<LedgerCalls>
  call(callId: string): Promise<readonly LedgerRow[]>
  rows(query: RowQuery): Promise<readonly LedgerRow[]>
}

/** The other end's operations, and its end. */
export interface Connection<Operations> {
  readonly operations: Operations
  close(): void
}

export interface WorkerRequest {
  readonly id: number
  readonly operation: string
  readonly argument: unknown
}

/** The first reply has id 0 and says whether the connection is open. */
export type WorkerReply =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: WorkerFailure }

/** A LedgerError, as it gets through. */
export interface WorkerFailure {
  readonly code: LedgerErrorCode
  readonly message: string
  readonly isPassing: boolean
  /** What SQLite said. */
  readonly cause: string | undefined
}
