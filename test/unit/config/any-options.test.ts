import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { KNOWN_NAMES } from '../../../src/config/schema.ts'
import { parse, RIGHT } from './some-options.ts'

/** Names that mean something in options, so that values get deep into the checks. */
const names = fc.constantFrom(
  'openai',
  'groq/a',
  'openai/gpt-4o',
  'cheap',
  'auto',
  '',
  '__proto__',
  'a/b',
  ...(KNOWN_NAMES[''] ?? []),
)
const value = fc.letrec((tie) => ({
  leaf: fc.oneof(names, fc.anything({ maxDepth: 0 })),
  node: fc.oneof(
    { maxDepth: 3 },
    tie('leaf'),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(names, tie('node'), { maxKeys: 4 }),
  ),
})).node

function outcomeOf(options: unknown): unknown {
  try {
    parse(options)
    return 'taken'
  } catch (error) {
    return error
  }
}

test('options of any shape are taken, or refused with a config_invalid; nothing else', () => {
  fc.assert(
    fc.property(fc.constantFrom(...(KNOWN_NAMES[''] ?? [])), value, (option, given) => {
      const outcome = outcomeOf({ ...RIGHT, logger: undefined, [option]: given })
      if (outcome === 'taken') return
      expect(outcome).toBeInstanceOf(LlmError)
      expect(outcome).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/./) })
    }),
    { numRuns: 500 },
  )
})

test('what is taken is consistent: every name leads to usable targets of usable instances', () => {
  const target = fc.constantFrom('openai/a', 'openai/b', 'groq/c', 'mistral/d')
  const list = fc.uniqueArray(target, { minLength: 1 })
  const tiers = fc.dictionary(fc.constantFrom('x', 'y', 'z'), list, { minKeys: 1 })
  const tasks = fc.dictionary(fc.constantFrom('t', 'u'), fc.oneof(list, fc.constantFrom('x', 'y')))
  const aliases = fc.dictionary(
    fc.constantFrom('k', 'l', 'm'),
    fc.oneof(target, fc.constantFrom('x', 't', 'k', 'l')),
  )
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  let taken = 0
  fc.assert(
    fc.property(tiers, tasks, aliases, (tiers, tasks, aliases) => {
      const options = { ...RIGHT, tiers, tasks, aliases, logger, defaultTier: Object.keys(tiers)[0] }
      if (outcomeOf(options) !== 'taken') return
      taken++
      const config = parse(options)
      const lists = [...config.tiers.values(), ...[...config.tasks.values()].map((task) => task.targets)]
      for (const { length } of lists) expect(length).toBeGreaterThan(0)
      for (const one of lists.flat()) expect(config.targets.get(one.id)).toBe(one)
      for (const { instance } of config.targets.values()) expect(config.providers.has(instance)).toBe(true)
      const ends = new Set([...config.tiers.keys(), ...config.tasks.keys(), ...config.targets.keys()])
      expect([...config.aliases.keys()]).toEqual(Object.keys(aliases))
      for (const end of config.aliases.values()) expect(ends.has(end)).toBe(true)
    }),
    { numRuns: 500 },
  )
  expect(taken).toBeGreaterThan(20)
})
