import type { ProviderStream } from '../core/provider-stream.ts'

/**
 * Reads what may follow a complete answer, so that the socket can be used again; after `maxMs` it is closed. Never
 * rejects.
 */
export async function readAway(stream: ProviderStream, maxMs: number): Promise<void> {
  const timer = setTimeout(() => stream.cancel(), maxMs).unref()
  try {
    while ((await stream.read()) !== undefined) continue
  } catch {
    // It broke after the answer's end: nobody misses anything.
  } finally {
    clearTimeout(timer)
    stream.cancel()
  }
}
