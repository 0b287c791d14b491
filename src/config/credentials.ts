import type { Preset } from '../providers/preset.ts'
import type { Environment, MissingVariable } from './environment.ts'
import { optionPath, valueAt } from './option-path.ts'
import type { Problems } from './problems.ts'
import { looksSecret } from './show-value.ts'
import type { ParsedProvider } from './schema.ts'

/** An HTTP header can hold no more than this. */
const KEY_TEXT = /^[\x21-\x7e]+$/
const VARIABLE_NAME = /^[A-Za-z_]\w*$/

export interface InstanceSource {
  readonly name: string
  readonly preset: Preset
  readonly options: ParsedProvider
  readonly env: Environment
}

/** The key, or the variable that would hold it. Never both: a key that is there needs no variable. */
export interface FoundKey {
  readonly apiKey: string | undefined
  /** Set when a key is needed and there is none. */
  readonly missing: MissingVariable | undefined
}

/** The instance's key: `apiKey`, else the variable `apiKeyEnv`, else the preset's variable. */
export function findKey({ name, preset, options, env }: InstanceSource, problems: Problems): FoundKey {
  if (options.apiKey !== undefined) {
    checkKey(options.apiKey, optionPath('providers', name, 'apiKey'), problems)
    return { apiKey: options.apiKey, missing: undefined }
  }
  const variable = options.apiKeyEnv ?? preset.keyVariable
  if (variable === undefined) return { apiKey: undefined, missing: undefined }
  if (options.apiKeyEnv !== undefined && !isVariableName(options.apiKeyEnv)) {
    const rule =
      'must be the name of an environment variable, as in "OPENAI_API_KEY" (its value is not shown).'
    problems.add(optionPath('providers', name, 'apiKeyEnv'), rule)
    return { apiKey: undefined, missing: undefined }
  }
  const apiKey = env.get(variable)
  if (apiKey !== undefined) checkKey(apiKey, `environment variable ${variable}`, problems)
  // Whoever names a variable wants its key to be used, even where the server could do without.
  const isNeeded = preset.isKeyRequired || options.apiKeyEnv !== undefined
  if (apiKey !== undefined || !isNeeded) return { apiKey, missing: undefined }
  return { apiKey, missing: { name: variable, isEmpty: env.isEmpty(variable), option: undefined } }
}

function checkKey(key: string, path: string, problems: Problems): void {
  if (!KEY_TEXT.test(key))
    problems.add(path, 'a key must be visible ASCII without spaces (its value is not shown).')
}

function isVariableName(name: string): boolean {
  return VARIABLE_NAME.test(name) && !looksSecret(name)
}

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** The transport's own: with any of them set from outside, bytes could be framed wrongly. */
const TRANSPORT_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/**
 * Checks that headers can be sent as they are, whatever else is wrong with their instance. Values are never shown. One
 * that is no text is a matter of shape, and told elsewhere.
 */
export function checkHeaders(name: string, instance: unknown, problems: Problems): void {
  const headers = valueAt(instance, ['headers'])
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return
  for (const [header, value] of Object.entries<unknown>({ ...headers })) {
    const path = optionPath('providers', name, 'headers', header)
    if (!HEADER_NAME.test(header)) problems.add(path, 'is not the name of a header.')
    else if (TRANSPORT_HEADERS.has(header.toLowerCase()))
      problems.add(path, 'is set by the transport and cannot be given.')
    if (typeof value === 'string' && !HEADER_VALUE.test(value))
      problems.add(path, 'a header must be one line of text (its value is not shown).')
  }
}
