import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '../core/caller.ts'
import { type LlmError, invalidConfig } from '../core/llm-error.ts'

/** NIST SP 800-63B, 5.1.1.2. */
const PASSWORD_MIN_CHARS = 8
const CHALLENGE = 'Basic realm="express-llm", charset="UTF-8"'

/**
 * An `authorize` that asks for a name and a password, as every browser can (RFC 7617): for `costApi()` and `dashboard()` of
 * an app that has no sign-in of its own. All names are compared, in a time that does not tell how much of one was right.
 * Names and passwords travel readable: serve it over HTTPS.
 *
 * @param passwords name → password, of 8 characters or more
 * @throws LlmError `config_invalid` for no names, and for passwords that are empty or short; it never tells them
 */
export function basicAuth(
  passwords: Readonly<Record<string, string>>,
): (req: IncomingMessage, res: ServerResponse) => Caller | false {
  const known = knownVisitors(passwords)
  return ({ headers }, res) => {
    const given = credentialsIn(headers.authorization ?? '')
    let found: Caller | undefined
    for (const { digest, caller } of known) {
      if (given !== undefined && timingSafeEqual(given, digest)) found = caller
    }
    if (found !== undefined) return found
    res.setHeader('www-authenticate', CHALLENGE)
    return false
  }
}

interface Visitor {
  readonly digest: Buffer
  readonly caller: Caller
}

function knownVisitors(passwords: unknown): readonly Visitor[] {
  const isTable = typeof passwords === 'object' && passwords !== null && !Array.isArray(passwords)
  const entries = isTable ? Object.entries(passwords) : []
  if (entries.length === 0)
    throw invalid('needs names with their passwords, such as { admin: "a long password" }')
  return entries.map(([name, password]: readonly [string, unknown]) => {
    const wrong = wrongName(name) ?? wrongPassword(password)
    if (wrong !== undefined) throw invalid(`${JSON.stringify(name)} ${wrong}`)
    return { digest: digestOf(Buffer.from(`${name}:${String(password)}`)), caller: { user: name } }
  })
}

function wrongName(name: string): string | undefined {
  // RFC 7617, 2: the first colon ends the name; control characters cannot be sent.
  return name === '' || name.includes(':') || hasControls(name)
    ? 'is no name: it must not be empty, nor hold a colon or control characters'
    : undefined
}

function wrongPassword(password: unknown): string | undefined {
  if (password === undefined || password === '')
    return 'has an empty password: is its environment variable set?'
  if (typeof password !== 'string') return 'has a password that is no text'
  if (hasControls(password)) return 'has a password with control characters, which cannot be sent'
  return password.length < PASSWORD_MIN_CHARS
    ? `has a password of fewer than ${PASSWORD_MIN_CHARS} characters: it can be guessed`
    : undefined
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

/** Undefined for what is no Basic authorization. */
function credentialsIn(header: string): Buffer | undefined {
  const [, encoded] = /^Basic +([\w+/=-]+) *$/i.exec(header) ?? []
  return encoded === undefined ? undefined : digestOf(Buffer.from(encoded, 'base64'))
}

/** Equally long whatever it is of, so that the comparison tells nothing of lengths either. */
function digestOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function invalid(detail: string): LlmError {
  return invalidConfig(`basicAuth() ${detail}${detail.endsWith('?') ? '' : '.'}`)
}
