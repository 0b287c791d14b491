/** What a process makes of what others have found out, and what it tells them. */
import { expect, test } from 'vitest'
import type { ClaimReply, HealthNews } from '../../../src/core/shared-state.ts'
import { createHealth } from '../../../src/resilience/health.ts'
import { aFailure, POLICY, TARGET } from './a-health.ts'

type Heard = HealthNews extends infer N ? (N extends HealthNews ? Omit<N, 'target'> : never) : never

/** Health that shares, whose time stands still unless the test moves it. */
function aMember(claimed: ClaimReply | undefined = { isYours: true }) {
  let nowMs = 1_000_000
  let claim: ClaimReply | undefined = claimed
  const news: HealthNews[] = []
  const changes: string[] = []
  const health = createHealth({
    policy: POLICY,
    clock: { now: () => 0, monotonic: () => nowMs },
    onChange: ({ from, to, cause }) => changes.push(`${from} → ${to}: ${cause}`),
    sharing: { tell: (one) => news.push(one), claim: () => Promise.resolve(claim) },
  })
  const ask = () => {
    const permit = health.admit(TARGET, false)
    if ('why' in permit) throw new Error(permit.detail)
    return permit
  }
  const hear = (one: Heard): void =>
    health.hear(TARGET, { ...one, target: TARGET.id, by: 'another', word: '1' })
  return {
    health,
    news,
    changes,
    ask,
    hear,
    state: () => health.report()[0]?.state,
    pass: (ms: number) => void (nowMs += ms),
    claims: (next: ClaimReply | undefined) => void (claim = next),
  }
}

test('what another finds failing is left alone here too, for as long as there', () => {
  const { hear, changes, health, pass } = aMember()
  hear({ what: 'open', forMs: 300, cause: 'server' })
  expect(changes).toEqual(['closed → open: server'])
  expect(health.unavailable(TARGET)).toMatchObject({ why: 'breaker-open', availableInMs: 300 })
  hear({ what: 'open', forMs: 100, cause: 'server' })
  expect(health.unavailable(TARGET)?.availableInMs).toBe(300)
  pass(300)
  expect(health.unavailable(TARGET)).toBeUndefined()
})

test('what was heard is not told again', () => {
  const { hear, news } = aMember()
  hear({ what: 'open', forMs: 300, cause: 'server' })
  hear({ what: 'answered' })
  hear({ what: 'cooldown', forMs: 300, cause: 'auth' })
  hear({ what: 'mended' })
  expect(news).toEqual([])
})

test('what another has found answering comes back step by step', () => {
  const { hear, ask, health, state } = aMember()
  hear({ what: 'open', forMs: 300, cause: 'server' })
  hear({ what: 'answered' })
  expect(state()).toBe('recovering')
  ask()
  expect(health.unavailable(TARGET)).toMatchObject({ why: 'breaker-open' })
})

test('who is well is not moved by the news that it answers', () => {
  const { hear, ask, state } = aMember()
  ask().end(undefined)
  hear({ what: 'answered' })
  expect(state()).toBe('closed')
})

test('its own outage, its end, and cooldowns are told, each once', () => {
  const { ask, news, pass } = aMember()
  for (let count = 0; count < POLICY.consecutiveFailures; count++) ask().end(aFailure('server'))
  pass(POLICY.openMs)
  ask().end(undefined)
  ask().end(aFailure('rate-limited', { retryAfterMs: 5_000 }))
  expect(news).toEqual([
    { target: TARGET.id, what: 'open', forMs: POLICY.openMs, cause: 'server' },
    { target: TARGET.id, what: 'answered' },
    { target: TARGET.id, what: 'cooldown', cause: 'retry-after', forMs: 5_000 },
  ])
})

test('an answer in a long cooldown is told as mended', () => {
  const { ask, health, news } = aMember()
  ask().end(aFailure('auth'))
  const permit = health.admit(TARGET, true)
  if ('why' in permit) throw new Error('refused')
  permit.end(undefined)
  expect(news.map(({ what }) => what)).toEqual(['cooldown', 'mended'])
})

test('the probe belongs to who has claimed it; the others come again when the claim is over', async () => {
  const { hear, health, pass, claims } = aMember({ isYours: false, freeInMs: 200 })
  hear({ what: 'open', forMs: 300, cause: 'server' })
  pass(300)
  const claim = health.claim(TARGET)
  // While it is asked for, nobody else may begin.
  expect(health.unavailable(TARGET)).toMatchObject({ why: 'breaker-open' })
  await claim
  expect(health.admit(TARGET, false)).toMatchObject({ why: 'breaker-open', availableInMs: 200 })
  pass(200)
  claims({ isYours: true })
  await health.claim(TARGET)
  expect(health.admit(TARGET, false)).toHaveProperty('end')
})

test('where nobody can say who probes, each process does', async () => {
  const { hear, health, pass } = aMember(undefined)
  hear({ what: 'open', forMs: 300, cause: 'server' })
  pass(300)
  await health.claim(TARGET)
  expect(health.admit(TARGET, false)).toHaveProperty('end')
})

test('nothing is claimed while all is well, left alone, or unknown', () => {
  const { hear, ask, health } = aMember()
  expect(health.claim(TARGET)).toBeUndefined()
  ask().end(undefined)
  expect(health.claim(TARGET)).toBeUndefined()
  hear({ what: 'open', forMs: 300, cause: 'server' })
  expect(health.claim(TARGET)).toBeUndefined()
})

test('a cooldown that is heard is never shorter than the one that is known', () => {
  const { hear, ask, health } = aMember()
  ask().end(aFailure('rate-limited', { retryAfterMs: 8_000 }))
  hear({ what: 'cooldown', forMs: 2_000, cause: 'retry-after' })
  expect(health.unavailable(TARGET)?.availableInMs).toBe(8_000)
})
