import type { CallReport } from '../core/report.ts'
import type { PartReader } from '../streams/part-reader.ts'

/** What is known of a streamed call at its commit point. */
export interface CommittedFacts {
  readonly callId: string
  /** `instance/model` of the target that answers. */
  readonly target: string
  readonly tier: string | undefined
  /** Attempts so far, the answering one included. */
  readonly attemptCount: number
  readonly upstreamRequestId: string | undefined
  /** Status and headers of the provider's answer. */
  readonly head: { readonly status: number; readonly headers: Headers }
}

/** A streamed call after its commit point. It settles once: at its end, error, abort or `stop`, whichever comes first. */
export interface CallStream extends PartReader {
  readonly committed: CommittedFacts
  /** Does the call go on when the client has gone (`detached: true`)? */
  readonly isDetached: boolean
  /** How the call went, as soon as it has settled, however it ended. Never rejects. */
  readonly report: Promise<CallReport>
}
