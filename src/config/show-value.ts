import { builtInName } from './built-in.ts'
import { shortened } from './option-path.ts'

/** Options of a provider whose values are no secret. Everything else under `providers` is never printed. */
const OPEN_PROVIDER_OPTIONS = new Set<PropertyKey>(['preset', 'baseUrl', 'endpoint', 'apiVersion', 'region'])
const SECRET_SECTIONS = new Set<PropertyKey>(['env', 'transport.tls', 'transport.proxyUrl'])
/** Beginnings of keys as the services print them, and addresses that carry a password. */
const SECRET_TEXT = /^(?:bearer\b|(?:sk|pk|rk|gsk|xai|pplx|csk|fw|key|tgp)[-_]|AIza|ya29\.|eyJ)|:\/\/[^/]*@/i

/**
 * A wrong value as an error may print it: `, got -5`.
 *
 * @returns an empty string where the value is missing, is (or could be) a secret, or the rule alone says enough
 */
export function gotValue(value: unknown, segments: readonly PropertyKey[]): string {
  if (value === undefined) return ''
  if (typeof value === 'string')
    return isSecretPlace(segments) || looksSecret(value) ? '' : `, got ${shortened(value)}`
  if (typeof value === 'number' && isSecretPlace(segments)) return ''
  return `, got ${kindOrNumber(value)}`
}

/** Does this text look like a key, or like an address with a password? A key lands in the wrong option sooner or later. */
export function looksSecret(text: string): boolean {
  return SECRET_TEXT.test(text)
}

/** A name that stands in the wrong place, in quotes. */
export function shown(name: string): string {
  return looksSecret(name) ? 'this' : shortened(name)
}

function isSecretPlace(segments: readonly PropertyKey[]): boolean {
  const [section, , option] = segments
  if (section === 'providers') return !OPEN_PROVIDER_OPTIONS.has(option ?? '')
  return (
    SECRET_SECTIONS.has(section ?? '') || SECRET_SECTIONS.has(`${String(section)}.${String(segments[1])}`)
  )
}

function kindOrNumber(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  const builtIn = typeof value === 'object' ? builtInName(value) : undefined
  if (builtIn !== undefined) return `${/^[AEIOU](?!RL)/.test(builtIn) ? 'an' : 'a'} ${builtIn}`
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object'
  return `a ${typeof value}`
}
