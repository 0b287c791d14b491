/** One HTTP/1.1 answer, as far as the load looks at it. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
}

const HEAD_END = '\r\n\r\n'

/**
 * Cuts a connection's bytes into answers. Knows what Express sends here and nothing more: answers with a
 * `content-length`, one at a time. So the load costs little beside what it measures.
 *
 * @throws Error for an answer without a length
 */
export function createAnswerReader(onAnswer: (answer: Answer) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined
  return function read(chunk) {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    rest = undefined
    const headEnd = bytes.indexOf(HEAD_END)
    const bodyStart = headEnd + HEAD_END.length
    const head = bytes.toString('latin1', 0, Math.max(0, headEnd))
    const total = headEnd === -1 ? Number.POSITIVE_INFINITY : bodyStart + lengthOf(head)
    if (bytes.length < total) rest = bytes
    else onAnswer({ status: Number(head.slice(9, 12)), body: bytes.subarray(bodyStart, total) })
  }
}

function lengthOf(head: string): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer has no content-length: ${head.split('\r\n')[0]}`)
  return Number(length)
}
