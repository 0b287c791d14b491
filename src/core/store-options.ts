import { invalidConfig } from './llm-error.ts'
import { didYouMean } from './spelling.ts'

/** What is right for one option, and the rule in words that follow "must be". */
export type OptionRule = readonly [isRight: (value: unknown) => boolean, rule: string]

export const ON_STORE_ERROR: OptionRule = [
  (value) => value === 'allow' || value === 'deny',
  '"allow" or "deny"',
]

export function wholeMs(min: number, max: number): OptionRule {
  return whole(min, max, 'a whole number of milliseconds')
}

export function whole(min: number, max: number, what = 'a whole number'): OptionRule {
  return [
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
    `${what} from ${min} to ${max}`,
  ]
}

/**
 * The options of a store's maker, complete. One that is undefined is one that is not given.
 *
 * @param maker as people write it: `redisState()`
 * @throws LlmError `config_invalid` naming maker, option and rule
 */
export function readStoreOptions<T extends object>(
  maker: string,
  options: unknown,
  { defaults, rules }: { readonly defaults: T; readonly rules: Readonly<Record<keyof T, OptionRule>> },
): T {
  if (typeof options !== 'object' || options === null)
    throw invalidConfig(`The options of ${maker} must be an object.`)
  const known = new Map<string, OptionRule>(Object.entries(rules))
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const [isRight, rule] = known.get(name) ?? []
    if (isRight?.(value) === true) continue
    const mistake = rule === undefined ? `is no option.${didYouMean(name, known.keys())}` : `must be ${rule}.`
    throw invalidConfig(`${maker}: "${name}" ${mistake}`, name)
  }
  return { ...defaults, ...Object.fromEntries(given) }
}
