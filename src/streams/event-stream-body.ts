import { DONE_TEXT, errorText, eventStreamText } from './event-stream-text.ts'
import type { PartReader } from './part-reader.ts'

/**
 * A streamed answer as the body of a WHATWG `Response`: server-sent events, as `pipeParts` writes them. Reads only when
 * it is read; cancelling it stops the reader. An error becomes the error event and a plain end without `[DONE]`.
 *
 * @param errorBody what is told of an error: `{ error: … }`
 */
export function eventStreamBody(
  reader: PartReader,
  errorBody: (error: unknown) => object,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let isCancelled = false

  async function next(): Promise<{ readonly text: string; readonly isLast: boolean }> {
    try {
      const parts = await reader.read()
      return parts === undefined
        ? { text: DONE_TEXT, isLast: true }
        : { text: eventStreamText(parts), isLast: false }
    } catch (error) {
      return { text: errorText(errorBody(error)), isLast: true }
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { text, isLast } = await next()
        if (isCancelled) return
        controller.enqueue(encoder.encode(text))
        if (isLast) controller.close()
      },
      cancel() {
        isCancelled = true
        reader.stop()
      },
    },
    // Nothing is read ahead of the one who reads.
    { highWaterMark: 0 },
  )
}
