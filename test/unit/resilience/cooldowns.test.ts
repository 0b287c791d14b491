import fc from 'fast-check'
import { expect, test } from 'vitest'
import { current, later, resting, type Cooldown } from '../../../src/resilience/cooldowns.ts'

const anyCooldown: fc.Arbitrary<Cooldown | undefined> = fc.option(
  fc.record({
    cause: fc.constantFrom('retry-after', 'quota', 'auth', 'not-found'),
    untilMs: fc.nat({ max: 100 }),
  }),
  { nil: undefined },
)

test('of any cooldowns, in whatever order they come, the longest is kept', () => {
  fc.assert(
    fc.property(fc.array(anyCooldown), (cooldowns) => {
      const kept = cooldowns.reduce(later, undefined)
      const ends = cooldowns.flatMap((cooldown) => (cooldown === undefined ? [] : [cooldown.untilMs]))
      expect(kept?.untilMs).toBe(ends.length === 0 ? undefined : Math.max(...ends))
    }),
  )
})

test('of two that end together, the one that was there first is kept', () => {
  const [auth, quota] = [{ cause: 'auth', untilMs: 5 } as const, { cause: 'quota', untilMs: 5 } as const]
  expect(later(auth, quota)).toBe(auth)
  expect(later(quota, auth)).toBe(quota)
})

test('a cooldown is over when its time has come', () => {
  const cooldown = { cause: 'auth', untilMs: 100 } as const
  expect(current(cooldown, 99.9)).toBe(cooldown)
  expect(current(cooldown, 100)).toBeUndefined()
  expect(current(undefined, 0)).toBeUndefined()
})

test('why a target rests is said in words, with the time that is left', () => {
  expect(resting({ cause: 'quota', untilMs: 12_400 }, 1000)).toEqual({
    why: 'cooldown',
    detail: 'left alone for 12 s more: the account has no credit left',
    availableInMs: 11_400,
  })
})
