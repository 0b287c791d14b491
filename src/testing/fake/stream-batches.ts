import type { StreamProgress } from './log.ts'
import type { StreamResponse } from './response.ts'
import type { StreamEvent } from './stream-events.ts'
import { sumUsage } from './usage.ts'

/** What goes out in one write: all events that come without a pause between them, up to a size. */
export interface StreamBatch extends StreamProgress {
  /** Empty when there is nothing to send yet but the headers. */
  readonly text: string
}

/** As much as a socket buffers before it asks to wait, characters. */
const BATCH_LENGTH = 65_536

/**
 * A stream over time, for whoever reads it: not reading pauses it. Ends at the end of the answer or when the signal says
 * that the client has gone; a stalled one ends with the signal only.
 */
export async function* batchesOf(
  { events, ending, keepAliveMs }: StreamResponse,
  signal: AbortSignal,
): AsyncGenerator<StreamBatch, undefined> {
  const quiet = (ms: number) => silence(ms, { keepAliveMs, signal })
  let batch = emptyBatch()
  for (const event of events) {
    if (event.pauseMs > 0) {
      yield batch
      batch = emptyBatch()
      yield* quiet(event.pauseMs)
    }
    if (signal.aborted) return undefined
    append(batch, event)
    if (batch.text.length >= BATCH_LENGTH) {
      yield batch
      batch = emptyBatch()
    }
  }
  if (signal.aborted) return undefined
  yield { ...batch, isEnd: true }
  if (ending === 'stall') yield* quiet(Number.POSITIVE_INFINITY)
  return undefined
}

type Draft = { -readonly [K in keyof StreamBatch]: StreamBatch[K] }

function emptyBatch(text = ''): Draft {
  return { text, tokens: 0, chunks: 0, usage: undefined, isComplete: false, isEnd: false }
}

function append(batch: Draft, { text, tokens, chunks, usage, isComplete }: StreamEvent): void {
  batch.text += text
  batch.tokens += tokens
  batch.chunks += chunks
  batch.usage = sumUsage(batch.usage, usage)
  batch.isComplete ||= isComplete
}

interface SilenceOptions {
  readonly keepAliveMs: number | undefined
  readonly signal: AbortSignal
}

/** Waits, with comments in between where they are wanted. */
async function* silence(
  ms: number,
  { keepAliveMs = Number.POSITIVE_INFINITY, signal }: SilenceOptions,
): AsyncGenerator<StreamBatch, undefined> {
  let leftMs = ms
  while (leftMs > keepAliveMs && !signal.aborted) {
    await pause(keepAliveMs, signal)
    leftMs -= keepAliveMs
    if (!signal.aborted) yield emptyBatch(': keep-alive\n\n')
  }
  await pause(leftMs, signal)
  return undefined
}

/** Over when the time is, or when the client has gone; infinite is until then. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = Number.isFinite(ms) ? setTimeout(over, ms) : undefined
    return signal.addEventListener('abort', over)
  })
}
