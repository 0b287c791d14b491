import { LimitWindow } from './limit-window.ts'

/**
 * Tokens per minute: what each call is expected to use counts from its start, and is corrected when it is known. There is
 * no pace here: whole minutes of a provider's limit may go into one call.
 */
export class TokenLimit {
  /** What the last minute holds. */
  readonly window: LimitWindow
  readonly #perMinute: number
  readonly #minuteMs: number

  constructor(perMinute: number, minuteMs: number) {
    this.#perMinute = perMinute
    this.#minuteMs = minuteMs
    this.window = new LimitWindow(minuteMs)
  }

  /**
   * How long until there is room for so many tokens, ms; 0 means now. A call that no minute has room for gets one for
   * itself: its estimate may be too high, and if it is not, the provider will say so.
   */
  waitMs(nowMs: number, tokens: number, share: number): number {
    const limit = this.#limitAt(share)
    const excess = this.window.sum(nowMs) + Math.min(tokens, limit) - limit
    return excess > 0 ? Math.max(1, this.window.freeInMs(nowMs, excess)) : 0
  }

  /** How long a minute's flow takes to bring so many, ms. */
  paceMs(tokens: number, share: number): number {
    const limit = this.#limitAt(share)
    return (Math.min(tokens, limit) * this.#minuteMs) / limit
  }

  take(nowMs: number, tokens: number): void {
    this.window.add(nowMs, this.#counted(tokens))
  }

  /** What was taken at one time counts from another. */
  sent(nowMs: number, { startedMs, tokens }: { readonly startedMs: number; readonly tokens: number }): void {
    this.window.move(startedMs, nowMs, this.#counted(tokens))
  }

  /** What was too much is taken back where it was counted; what was too little counts from now, when it was found out. */
  correct(nowMs: number, start: { readonly startedMs: number; readonly tokens: number }, used: number): void {
    this.window.correct(nowMs, start.startedMs, used - this.#counted(start.tokens))
  }

  #limitAt(share: number): number {
    return Math.max(1, Math.floor(this.#perMinute * share))
  }

  #counted(tokens: number): number {
    return Math.min(tokens, this.#perMinute)
  }
}
