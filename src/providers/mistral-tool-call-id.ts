import { createHash } from 'node:crypto'

/** "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9" is how Mistral's 400 puts it. */
const FITTING = /^[a-zA-Z0-9]{9}$/

/**
 * The id as Mistral takes it: unchanged when it fits, else one made from it. The same id always gives the same new one,
 * so a call and its result stay together, in this request and in the next of the conversation.
 */
export function mistralToolCallId(id: unknown): unknown {
  if (typeof id !== 'string' || FITTING.test(id)) return id
  // 36 bits of the hash as nine hexadecimal digits: enough for the few calls of one conversation.
  return createHash('sha256').update(id).digest('hex').slice(0, 9)
}
