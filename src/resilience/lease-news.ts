import type { LeaseScope } from '../core/shared-state.ts'
import type { ProviderRate, ProviderRates } from '../core/provider-rates.ts'
import { LeaseChanges, stampAt, type ClockPair } from './lease-changes.ts'

type Told = Required<Pick<LeaseScope, 'changes' | 'hasAnswered'>> & Pick<LeaseScope, 'refused' | 'left'>

/** What one process has to tell of a scope that others count in too. */
export class LeaseNews {
  readonly changes: LeaseChanges
  readonly #minuteMs: number
  #refused: { readonly startedMs: number; readonly retryAfterMs: number } | undefined
  #left: LeaseScope['left']
  #hasAnswered = false

  constructor(minuteMs: number) {
    this.#minuteMs = minuteMs
    this.changes = new LeaseChanges(minuteMs)
  }

  answered(): void {
    this.#hasAnswered = true
  }

  refused(startedMs: number, retryAfterMs = 0): void {
    this.#refused = {
      startedMs: Math.max(this.#refused?.startedMs ?? 0, startedMs),
      retryAfterMs: Math.max(this.#refused?.retryAfterMs ?? 0, retryAfterMs),
    }
  }

  /** What the provider says is left, as an attempt was told that began at this mark. */
  left(
    { requests, tokens }: ProviderRates,
    mark: { readonly requests: number; readonly tokens: number },
  ): void {
    const at = ({ remaining, resetMs = this.#minuteMs }: ProviderRate, mark: number) => ({
      remaining,
      resetMs,
      mark,
    })
    this.#left = {
      ...this.#left,
      ...(requests && { requests: at(requests, mark.requests) }),
      ...(tokens && { tokens: at(tokens, mark.tokens) }),
    }
  }

  /** Takes all out. */
  tell(pair: ClockPair): Told {
    const refused = this.#refused && {
      stamp: stampAt(this.#refused.startedMs, pair, this.#minuteMs),
      retryAfterMs: this.#refused.retryAfterMs,
    }
    const told = {
      changes: this.changes.take(pair),
      hasAnswered: this.#hasAnswered,
      ...(refused && { refused }),
      ...(this.#left && { left: this.#left }),
    }
    this.#refused = undefined
    this.#left = undefined
    this.#hasAnswered = false
    return told
  }
}
