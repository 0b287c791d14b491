/** Server-sent events (HTML standard §9.2.6), read a network chunk at a time. */
import { TransportError } from './transport-error.ts'

/** One event of a stream. */
export interface EventMessage {
  /** Its name; empty where it has none. */
  readonly event: string
  /** Its lines of data, joined by line feeds. */
  readonly data: string
}

/** Longest event, bytes: more than any part of an answer, less than what would hurt. */
const EVENT_MAX_BYTES = 8 * 1024 * 1024

/** A larger place for unfinished lines is not kept for the next one. */
const HELD_KEPT_BYTES = 64 * 1024

const EMPTY = Buffer.alloc(0)
const LF = 10
const CR = 13

/**
 * Bytes in, messages out. What is left of an unfinished line is kept; everything else is decoded once, in the pieces in
 * which it came. `id` and `retry` are of no use here: nobody reconnects to an answer.
 */
export class EventDecoder {
  /** The beginning of a line whose end has not come; grows by doubling, whatever the pieces. */
  #held: Buffer = EMPTY
  #heldBytes = 0
  #isAtStart = true
  /** The last line ended in CR: an LF that follows belongs to it. */
  #skipsLf = false
  #event = ''
  #data: string | undefined

  /**
   * Adds the messages that end in these bytes.
   *
   * @throws {TransportError} `event-too-large`
   */
  push(bytes: Buffer, messages: EventMessage[]): void {
    const end = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1
    if (end === 0) return this.#hold(bytes)
    let text: string
    if (this.#heldBytes === 0) {
      text = bytes.toString('utf8', 0, end)
    } else {
      this.#hold(bytes.subarray(0, end))
      text = this.#takeHeld()
    }
    this.#readLines(this.#unmarked(text), messages)
    if (end < bytes.length) this.#hold(bytes.subarray(end))
  }

  /** The body is over. A last event without the empty line after it counts all the same: some servers end so. */
  end(messages: EventMessage[]): void {
    if (this.#heldBytes > 0) this.#readLines(`${this.#unmarked(this.#takeHeld())}\n`, messages)
    this.#dispatch(messages)
  }

  #hold(bytes: Buffer): void {
    const length = this.#heldBytes + bytes.length
    this.#check(length)
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#held.length * 2, 1024))
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    bytes.copy(this.#held, this.#heldBytes)
    this.#heldBytes = length
  }

  #takeHeld(): string {
    const text = this.#held.toString('utf8', 0, this.#heldBytes)
    this.#heldBytes = 0
    if (this.#held.length > HELD_KEPT_BYTES) this.#held = EMPTY
    return text
  }

  #check(length: number): void {
    if (length + (this.#data?.length ?? 0) <= EVENT_MAX_BYTES) return
    const message = `One event of the stream is longer than ${EVENT_MAX_BYTES} bytes.`
    throw new TransportError({ code: 'event-too-large', message, wasSent: true })
  }

  /** Without the byte order mark of the whole, without the LF of a CRLF that was cut in two; and with LF only. */
  #unmarked(text: string): string {
    let start = 0
    if (this.#isAtStart && text.charCodeAt(0) === 0xfeff) start = 1
    else if (this.#skipsLf && text.charCodeAt(0) === LF) start = 1
    this.#isAtStart = false
    this.#skipsLf = text.charCodeAt(text.length - 1) === CR
    const rest = start === 0 ? text : text.slice(start)
    return rest.includes('\r') ? rest.replaceAll(/\r\n?/g, '\n') : rest
  }

  /** @param text whole lines */
  #readLines(text: string, messages: EventMessage[]): void {
    for (let start = 0, end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      if (end === start) this.#dispatch(messages)
      else this.#readLine(text, start, end)
      start = end + 1
    }
  }

  #readLine(text: string, start: number, end: number): void {
    if (text.startsWith('data:', start)) this.#addData(valueOf(text, start + 5, end))
    else if (text.startsWith('event:', start)) this.#event = valueOf(text, start + 6, end)
    // A field without a colon has no value.
    else if (end - start === 4 && text.startsWith('data', start)) this.#addData('')
    else if (end - start === 5 && text.startsWith('event', start)) this.#event = ''
  }

  #addData(line: string): void {
    if (this.#data === undefined) this.#data = line
    else {
      this.#check(line.length)
      this.#data += `\n${line}`
    }
  }

  #dispatch(messages: EventMessage[]): void {
    if (this.#data !== undefined) messages.push({ event: this.#event, data: this.#data })
    this.#data = undefined
    this.#event = ''
  }
}

/** One space after the colon is not part of the value. */
function valueOf(text: string, start: number, end: number): string {
  return text.slice(text.charCodeAt(start) === 0x20 ? start + 1 : start, end)
}
