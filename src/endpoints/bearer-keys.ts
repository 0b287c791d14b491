import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Caller } from '../core/caller.ts'
import { type LlmError, invalidConfig } from '../core/llm-error.ts'
import { isNameless, wrongInCaller } from '../middleware/checked-caller.ts'

/** A key, and who holds it. */
export interface BearerKey extends Caller {
  readonly key: string
}

/** Shorter ones can be guessed. */
const KEY_SAFE_CHARS = 16

/**
 * An `authorize` that knows callers by the key in `authorization: Bearer …`, as every OpenAI client sends it. All keys
 * are compared, in a time that does not tell how much of one was right.
 *
 * @param keys each a key, or a key with what `authorize` is to answer for it: `{ key, user, tenant, allow, … }`
 * A key of fewer than 16 characters is taken, with a warning of the process: it is fit for trying things out.
 *
 * @throws LlmError `config_invalid` for no keys, the same key twice, and keys that are empty or cannot be sent
 */
export function bearerKeys(
  keys: readonly (string | BearerKey)[],
): (req: IncomingMessage) => Caller | undefined {
  if (!Array.isArray(keys) || keys.length === 0) throw invalid('needs a list with at least one key')
  const known = keys.map(knownKey)
  if (new Set(known.map(({ digest }) => digest.toString('hex'))).size < known.length)
    throw invalid('has the same key twice')
  return ({ headers }) => {
    const [, given] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
    if (given === undefined) return undefined
    const digest = digestOf(given)
    let found: Caller | undefined
    for (const each of known) {
      if (timingSafeEqual(digest, each.digest)) found = each.caller
    }
    return found
  }
}

function knownKey(entry: unknown, index: number): { readonly digest: Buffer; readonly caller: Caller } {
  const isObject = typeof entry === 'object' && entry !== null
  const { key, ...caller } = isObject ? (entry as Partial<BearerKey>) : { key: entry }
  // Never the key itself: errors are logged.
  const which = `has a key (number ${index + 1} of the list) that`
  if (typeof key !== 'string') throw invalid(`${which} is no text`)
  if (key === '') throw invalid(`${which} is empty: is its environment variable set?`)
  if (!/^[\x21-\x7e]+$/.test(key)) throw invalid(`${which} holds a space or a character outside ASCII`)
  const wrong = wrongInCaller(caller) ?? (isNameless(caller) ? '"user" is empty' : undefined)
  if (wrong !== undefined) throw invalid(`${which} belongs to nobody: ${wrong}`)
  if (key.length < KEY_SAFE_CHARS) {
    process.emitWarning(
      `express-llm: bearerKeys() ${which} is shorter than ${KEY_SAFE_CHARS} characters: it can be guessed.`,
    )
  }
  return { digest: digestOf(key), caller }
}

/** Equally long whatever the key, so that the comparison tells nothing of lengths either. */
function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function invalid(detail: string): LlmError {
  return invalidConfig(`bearerKeys() ${detail}${detail.endsWith('?') ? '' : '.'}`)
}
