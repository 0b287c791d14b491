import { signal } from '@preact/signals'

/** How often everything is asked for again while somebody looks, ms. */
export const REFRESH_MS = 30_000

/** Counts refreshes: whoever shows something asks again when it changes. */
export const refreshes = signal(0)
/** The moment that all ranges end at: the last refresh's, so that all views speak of the same time. */
export const moment = signal(Date.now())

export function refresh(): void {
  moment.value = Date.now()
  askAgain()
}

/** For the same times as before. */
export function askAgain(): void {
  refreshes.value += 1
}

/** Refreshes by itself, and at once when somebody comes back to the page after a while. */
export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) refresh()
  }, REFRESH_MS)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && Date.now() - moment.value > REFRESH_MS) refresh()
  })
}
