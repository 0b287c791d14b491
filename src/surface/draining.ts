import { TIMER_MAX_MS } from '../core/clock.ts'
import { gotValue } from '../config/show-value.ts'
import { type LlmError, invalidConfig } from '../core/llm-error.ts'
import { didYouMean } from '../core/spelling.ts'
import type { RouterState } from '../router/router-state.ts'

export interface CloseOptions {
  /** How long calls and streams under way may go on, ms. Those left then fail with `router_closed`. @default 0 */
  readonly timeoutMs?: number
}

/**
 * Makes a router's `close()`. Each use of it has a time limit of its own; the first that is up ends what is left.
 *
 * @param release closes what calls need; runs once, when all have settled
 */
export function createClose(
  state: Pick<RouterState, 'underWay' | 'isClosed'>,
  release: () => Promise<void>,
): (options?: CloseOptions) => Promise<void> {
  let closed: Promise<void> | undefined
  return async function close(options) {
    const timeoutMs = timeoutOf(options)
    state.isClosed = true
    closed ??= state.underWay.none().then(release)
    const endAll = (): void => state.underWay.endAll('router_closed')
    const timer = timeoutMs === 0 ? undefined : setTimeout(endAll, timeoutMs)
    if (timer === undefined) endAll()
    try {
      await closed
    } finally {
      clearTimeout(timer)
    }
  }
}

/** @throws LlmError `config_invalid` naming what is wrong */
function timeoutOf(options: unknown = {}): number {
  if (typeof options !== 'object' || options === null)
    throw invalid('options', 'it takes nothing, or options such as { timeoutMs: 20_000 }')
  const unknown = Object.keys(options).find((name) => name !== 'timeoutMs')
  if (unknown !== undefined)
    throw invalid(unknown, `"${unknown}" is no option of it.${didYouMean(unknown, ['timeoutMs'])}`)
  const timeoutMs: unknown = 'timeoutMs' in options ? options.timeoutMs : undefined
  if (timeoutMs === undefined) return 0
  if (
    typeof timeoutMs === 'number' &&
    Number.isInteger(timeoutMs) &&
    timeoutMs >= 0 &&
    timeoutMs <= TIMER_MAX_MS
  )
    return timeoutMs
  const rule = `must be a whole number of milliseconds from 0 to ${TIMER_MAX_MS}`
  throw invalid('timeoutMs', `"timeoutMs" ${rule}${gotValue(timeoutMs, ['timeoutMs'])}`)
}

function invalid(param: string, detail: string): LlmError {
  const message = `router.close() cannot begin: ${detail}${/[.?]$/.test(detail) ? '' : '.'}`
  return invalidConfig(message, param)
}
