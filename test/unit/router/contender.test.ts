import { expect, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import { AttemptError } from '../../../src/core/attempt-failure.ts'
import { claim, createRace, HEDGE_LOST } from '../../../src/router/contender.ts'
import { aTarget } from '../../support/targets.ts'

test('who claims first wins, and the other one is ended in that moment', () => {
  const race = createRace(new AbortController().signal)
  const [first, second] = [race.enter(), race.enter()]
  expect(second.contender.claim()).toBe(true)
  expect(first.signal.reason).toBe(HEDGE_LOST)
  expect(first.contender.claim()).toBe(false)
  expect(second.signal.aborted).toBe(false)
  expect(second.contender.claim()).toBe(true)
})

test('the call’s end ends both, for its own reason', () => {
  const ending = new AbortController()
  const race = createRace(ending.signal)
  const [first, second] = [race.enter(), race.enter()]
  const reason = new CallAborted('client_gone')
  ending.abort(reason)
  expect([first.signal.reason, second.signal.reason]).toEqual([reason, reason])
})

test('each knows the other one', () => {
  const race = createRace(new AbortController().signal)
  const { contender: first } = race.enter()
  expect(first.rival()).toBeUndefined()
  const { contender: second } = race.enter()
  expect([first.rival(), second.rival()]).toEqual([second, first])
})

test('an answer that nobody runs against counts; a late one is a failed attempt', () => {
  const target = aTarget('a/one')
  expect(() => claim({ target })).not.toThrow()
  const race = createRace(new AbortController().signal)
  const [first, second] = [race.enter(), race.enter()]
  claim({ target, ...first })
  expect(() => claim({ target, ...second })).toThrow(AttemptError)
})
