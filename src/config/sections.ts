import * as z from 'zod/mini'
import { didYouMean } from '../core/spelling.ts'
import { builtInName } from './built-in.ts'
import { ledgerShorthand } from './ledger-schema.ts'
import { mistakenFor } from './mistaken.ts'
import { optionPath, valueAt } from './option-path.ts'
import type { Problems } from './problems.ts'
import { KNOWN_NAMES, SECTION_SCHEMAS } from './schema.ts'
import { gotValue } from './show-value.ts'

type Schemas = typeof SECTION_SCHEMAS

/** The options by name, each with the right shape; one that is wrong or not given is absent. */
export type Sections = { readonly [K in keyof Schemas]?: z.output<Schemas[K]> } & {
  /** Options that were given and are wrong. */
  readonly wrong: readonly string[]
  /** Options that do not exist. */
  readonly unknown: readonly string[]
}

/** Checks the shape of every top-level option on its own, and that there is no other. */
export function checkSections(options: unknown, problems: Problems): Sections {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    problems.add('', 'must be an object with at least "tiers".')
    return { wrong: [], unknown: [] }
  }
  const mistake = mistakeIn(options)
  if (mistake !== undefined) {
    problems.add('', mistake)
    return { wrong: [], unknown: [] }
  }
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(SECTION_SCHEMAS, name))
  for (const name of unknown) sayUnknown([], name, problems)
  const sections: Record<string, unknown> = {}
  const wrong: string[] = []
  for (const [name, schema] of Object.entries(SECTION_SCHEMAS)) {
    const value = withShorthand(name, Reflect.get(options, name))
    if (value === undefined) continue
    sections[name] = checkShape({ schema, value, path: [name] }, problems)
    if (sections[name] === undefined) wrong.push(name)
  }
  if (!('tiers' in sections))
    problems.add('tiers', 'is missing; name at least one tier with a list of targets.')
  return { ...sections, wrong, unknown }
}

function mistakeIn(options: object): string | undefined {
  switch (mistakenFor(options)) {
    case 'a promise':
      return 'this is a promise; await it first.'
    case 'an openai client':
      return 'this is an openai client; say which models to use instead, as in { tiers: { cheap: ["openai/gpt-4o-mini"] } }.'
    case 'a router':
      return 'this is a router; what is due here are options, with at least "tiers".'
    case undefined:
      if (builtInName(options) === undefined) return undefined
      return `must be an object with at least "tiers"${gotValue(options, [])}.`
  }
}

/** `transport: 'fetch'` is short for `transport: { kind: 'fetch' }`, a ledger's store for its options. */
function withShorthand(name: string, value: unknown): unknown {
  if (name === 'ledger') return ledgerShorthand(value)
  return name === 'transport' && typeof value === 'string' ? { kind: value } : value
}

/**
 * Checks one value, and puts what is wrong into `problems`.
 *
 * @returns the value; undefined when it is wrong
 */
export function checkShape<S extends z.ZodMiniType>(
  { schema, value, path }: { schema: S; value: unknown; path: readonly PropertyKey[] },
  problems: Problems,
): z.output<S> | undefined {
  const result = z.safeParse(schema, value)
  if (result.success) return result.data
  for (const issue of result.error.issues) {
    const place = [...path, ...issue.path]
    const wrong = valueAt(value, issue.path)
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) sayUnknown(place, key, problems)
    else if (wrong === undefined) problems.add(optionPath(...place), `is missing, and ${issue.message}.`)
    else problems.add(optionPath(...place), `${issue.message}${gotValue(wrong, place)}.`)
  }
  return undefined
}

function sayUnknown(place: readonly PropertyKey[], key: string, problems: Problems): void {
  const path = optionPath(...place, key)
  const general = place.map((segment, index) => (index === 1 && isByName(place[0]) ? '*' : String(segment)))
  problems.say(path, `Unknown option "${path}".${didYouMean(key, KNOWN_NAMES[general.join('.')] ?? [])}`)
}

const BY_NAME: ReadonlySet<PropertyKey | undefined> = new Set([
  'providers',
  'targets',
  'tiers',
  'tasks',
  'budgets',
])

function isByName(section: PropertyKey | undefined): boolean {
  return BY_NAME.has(section)
}
