import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { Usage } from '../core/usage.ts'
import { estimateStreamed } from '../pricing/estimate.ts'
import type { StreamProgress } from '../streams/progress.ts'
import { mayBeBilled } from './unanswered.ts'

/** What is known of a streamed attempt's use at its end. */
export interface StreamUse {
  /** Undefined when the answer came in full. */
  readonly failure: AttemptFailure | undefined
  /** What the provider has told by then. */
  readonly told: Usage | undefined
  readonly progress: Pick<StreamProgress, 'outputBytes' | 'hasContent'>
  readonly params: unknown
}

/**
 * Tokens of a streamed attempt. What was told counts in full only for an answer that came in full; one that broke off is
 * billed for what had been written by then, an error in place of an answer for nothing. Pure.
 *
 * @returns undefined when nothing can have been used
 */
export function streamUsage({ failure, told, progress, params }: StreamUse): Usage | undefined {
  const { outputBytes, hasContent } = progress
  const isWhole = failure === undefined || failure.kind === 'rejected'
  // Whoever told none of what it has written told it before the end.
  if (isWhole && told !== undefined && (told.outputTokens > 0 || outputBytes === 0)) return told
  if (!isWhole && !hasContent) {
    if (told !== undefined) return told
    if (!mayBeBilled(failure)) return undefined
  }
  const estimate = estimateStreamed(params, outputBytes)
  if (told === undefined) return estimate
  return { ...told, outputTokens: Math.max(told.outputTokens, estimate.outputTokens), isEstimated: true }
}
