import type { AttemptStep } from './attempt-step.ts'
import type { OpenCall } from './open-call.ts'

/** Where a streamed attempt stands when it waits. */
export interface StreamPosition {
  readonly hasContent: boolean
  /** Has the caller a part of the answer? Then only silence ends it, and the call's deadline. */
  readonly isCommitted: boolean
  readonly elapsedMs: number
}

export interface Patience {
  readonly ms: number
  /** Said of the provider when it takes longer. */
  readonly message: string
}

/** How long a streamed attempt may wait for what. */
export interface StreamLimits {
  /** Until the provider begins to answer, ms. */
  readonly toAnswerMs: number
  /** For the next bytes. */
  readonly patience: (position: StreamPosition) => Patience
}

/** A longer prompt is read for longer before the first token: this much for each 10,000 tokens, ms. */
const MS_PER_10K_TOKENS = 1_000

export function streamLimits(call: OpenCall, step: AttemptStep): StreamLimits {
  const { instance, attemptTimeoutMs, betweenTokensTimeoutMs } = step.target
  const { options } = call
  const attemptMs = options.attemptTimeoutMs ?? attemptTimeoutMs
  const firstMs = firstTokenMs(call, step)
  const betweenMs = options.betweenTokensTimeoutMs ?? betweenTokensTimeoutMs
  const attempt = { limitMs: attemptMs, message: `${instance} did not answer within ${attemptMs} ms` }
  const first = { limitMs: firstMs, message: `${instance} gave no first token within ${firstMs} ms` }
  const silence = `${instance} fell silent for ${betweenMs} ms`
  return {
    toAnswerMs: Math.min(attemptMs, firstMs),
    patience({ hasContent, isCommitted, elapsedMs }) {
      if (isCommitted) return { ms: betweenMs, message: silence }
      const { limitMs, message } = hasContent || attemptMs <= firstMs ? attempt : first
      const leftMs = Math.max(0, limitMs - elapsedMs)
      return hasContent && betweenMs < leftMs ? { ms: betweenMs, message: silence } : { ms: leftMs, message }
    },
  }
}

/** Infinity where no limit holds: nobody asked for one, and there is nobody else to ask. */
function firstTokenMs({ options, plan }: OpenCall, { target, hasAlternative }: AttemptStep): number {
  const { timeoutMs, isDefault } = target.firstToken
  if (options.firstTokenTimeoutMs !== undefined) return options.firstTokenTimeoutMs
  if (!isDefault) return timeoutMs
  if (!hasAlternative) return Number.POSITIVE_INFINITY
  return timeoutMs + Math.floor((plan?.inputTokensEstimate ?? 0) / 10_000) * MS_PER_10K_TOKENS
}
