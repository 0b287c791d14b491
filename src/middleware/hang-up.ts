import type { ServerResponse } from 'node:http'

/**
 * Tells the calls of one request when its client goes away before the answer is complete. However many calls run side
 * by side, the response gets one listener, and none before the first call.
 */
export function watchHangUp(res: ServerResponse): (listener: () => void) => () => void {
  const listeners = new Set<() => void>()
  let isWatching = false

  function onClose(): void {
    if (res.writableFinished) return
    for (const listener of listeners) listener()
  }

  return (listener) => {
    if (res.closed) {
      if (!res.writableFinished) listener()
      return () => undefined
    }
    // Before whoever ends the request's span at this event, so that what a stream has cost still gets onto it.
    if (!isWatching) res.prependOnceListener('close', onClose)
    isWatching = true
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
}
