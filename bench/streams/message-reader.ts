/** Just as much of HTTP/1.1 as the bench's own ends speak to each other, on plain sockets. */

const HEAD_END = '\r\n\r\n'

/** Cuts a connection's bytes into the bodies of requests; one at a time, each with a `content-length`. */
export function createRequestReader(onBody: (body: string) => void): (bytes: Buffer) => void {
  let held: Buffer | undefined
  return function read(bytes) {
    held = held === undefined ? bytes : Buffer.concat([held, bytes])
    const headEnd = held.indexOf(HEAD_END)
    if (headEnd === -1) return
    const length = /\r\ncontent-length: *(\d+)/i.exec(held.toString('latin1', 0, headEnd))?.[1]
    if (length === undefined) throw new Error('a request of the bench has no content-length')
    const end = headEnd + HEAD_END.length + Number(length)
    if (held.length < end) return
    const body = held.toString('utf8', headEnd + HEAD_END.length, end)
    held = held.length > end ? held.subarray(end) : undefined
    onBody(body)
  }
}

/** How every streamed answer here ends: its last event, and the last of HTTP's chunks. */
const STREAM_END = Buffer.from(`data: [DONE]\n\n\r\n0${HEAD_END}`)

export interface StreamReaderEvents {
  /** Bytes came that begin the content. */
  onFirstContent(): void
  /** The answer is complete; all its bytes. */
  onEnd(answer: Buffer): void
}

/** Reads streamed answers, one after the other. @param firstContent bytes that begin every answer's content */
export function createStreamReader(
  firstContent: string,
  events: StreamReaderEvents,
): (bytes: Buffer) => void {
  let pieces: Buffer[] = []
  let tail: Buffer = Buffer.alloc(0)
  let hasContent = false
  return function read(bytes) {
    pieces.push(bytes)
    if (!hasContent && Buffer.concat(pieces).includes(firstContent)) {
      hasContent = true
      events.onFirstContent()
    }
    tail = (bytes.length >= STREAM_END.length ? bytes : Buffer.concat([tail, bytes])).subarray(
      -STREAM_END.length,
    )
    if (!tail.equals(STREAM_END)) return
    const answer = Buffer.concat(pieces)
    pieces = []
    tail = Buffer.alloc(0)
    hasContent = false
    events.onEnd(answer)
  }
}

/** Events of an answer that hold a chunk, wherever HTTP's own framing stands. */
export function countChunks(answer: Buffer): number {
  let count = 0
  for (let at = answer.indexOf(CHUNK_START); at !== -1; at = answer.indexOf(CHUNK_START, at + 1)) count += 1
  return count
}

const CHUNK_START = Buffer.from('data: {')
