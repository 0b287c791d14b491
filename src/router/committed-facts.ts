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
