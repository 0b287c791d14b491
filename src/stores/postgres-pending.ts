/** How long after a row was written in an app's transaction to look whether that has been committed, ms. */
const DELAY_MS = 1_000
/** Transactions that take longer are found by whoever asks for sums next. */
const LOOKS = 30

export interface PendingLooks {
  /** Something may be committed soon: the app does it when it wants to, and does not tell us. */
  expect(): void
  stop(): void
}

/** Looks now and then, for a while, for what apps have committed in transactions of their own. */
export function lookForPending(rollUp: () => Promise<void>): PendingLooks {
  let timer: NodeJS.Timeout | undefined
  let looksLeft = 0

  async function look(): Promise<void> {
    looksLeft -= 1
    if (looksLeft <= 0) stop()
    try {
      await rollUp()
    } catch {
      // The rows keep their mark: the next look finds them, or the next one to ask for sums, who is told what is wrong.
    }
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    expect() {
      looksLeft = LOOKS
      timer ??= setInterval(() => void look(), DELAY_MS).unref()
    },
    stop,
  }
}
