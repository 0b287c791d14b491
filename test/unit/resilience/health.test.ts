import { describe, expect, test } from 'vitest'
import { aTarget } from '../../support/targets.ts'
import { aFailure, aHealth, open, POLICY, TARGET } from './a-health.ts'

const states = ({ changes }: ReturnType<typeof aHealth>) => changes.map(({ to }) => to)

describe('a breaker', () => {
  test('opens after failures in a row, and tells why', () => {
    const health = aHealth()
    open(health)
    expect(health.changes).toEqual([{ target: 'a/one', from: 'closed', to: 'open', cause: 'server' }])
    expect(health.health.unavailable(TARGET)).toEqual({
      why: 'breaker-open',
      detail: 'left alone for 1 s more, because it failed',
      availableInMs: POLICY.openMs,
    })
  })

  test('stays closed when an answer comes in between', () => {
    const { ask, changes } = aHealth({ failureRate: 1 })
    for (const kind of ['server', 'server', undefined, 'server', 'server'] as const)
      ask().end(kind && aFailure(kind))
    expect(changes).toEqual([])
  })

  test('opens when too large a share of the window has failed', () => {
    const { ask, changes, reportOf } = aHealth()
    for (const isAnswer of [true, false, true, false, true])
      ask().end(isAnswer ? undefined : aFailure('overloaded'))
    expect(reportOf()?.failureRate).toBe(0.4)
    expect(changes).toEqual([])
    ask().end(aFailure('overloaded'))
    expect(changes).toMatchObject([{ to: 'open', cause: 'overloaded' }])
  })

  test('forgets failures that are older than the window', () => {
    const { ask, changes, pass } = aHealth()
    for (const isAnswer of [true, false, true, false, true])
      ask().end(isAnswer ? undefined : aFailure('server'))
    pass(POLICY.windowMs)
    ask().end(aFailure('server'))
    expect(changes).toEqual([])
  })

  test('lets one probe through; the others go elsewhere meanwhile', () => {
    const health = aHealth()
    open(health)
    health.pass(POLICY.openMs)
    const probe = health.ask()
    const refused = { why: 'breaker-open', availableInMs: 0 }
    expect(health.health.unavailable(TARGET)).toMatchObject(refused)
    expect(health.health.admit(TARGET, false)).toMatchObject(refused)
    probe.end(aFailure('timeout'))
    expect(health.changes.slice(1)).toMatchObject([
      { from: 'open', to: 'half-open', cause: 'probe' },
      { from: 'half-open', to: 'open', cause: 'timeout' },
    ])
  })

  test('lets the next one probe when a probe was cancelled', () => {
    const health = aHealth()
    open(health)
    health.pass(POLICY.openMs)
    health.ask().end(aFailure('cancelled'))
    expect(health.isAvailable()).toBe(true)
  })

  test('lets in 1, 2, 4, 8 and 16 at a time while it recovers, then as many as come', () => {
    const health = aHealth()
    open(health)
    health.pass(POLICY.openMs)
    health.ask().end(undefined)
    for (const allowance of [1, 2, 4, 8, 16]) {
      const permits = Array.from({ length: allowance }, () => health.ask())
      expect(health.isAvailable()).toBe(false)
      const [first, ...others] = permits
      for (const permit of others) permit.end(aFailure('cancelled'))
      first?.end(undefined)
    }
    expect(states(health)).toEqual(['open', 'half-open', 'recovering', 'closed'])
    expect(health.changes.at(-1)?.cause).toBe('answered')
    expect(health.reportOf()).toEqual({ target: 'a/one', state: 'closed', inFlight: 0 })
  })

  test('is not put off by a last resort that fails, and comes back by one that is answered', () => {
    const health = aHealth()
    open(health)
    health.pass(100)
    health.askAsLastResort().end(aFailure('server'))
    expect(health.health.unavailable(TARGET)?.availableInMs).toBe(POLICY.openMs - 100)
    health.askAsLastResort().end(undefined)
    expect(states(health)).toEqual(['open', 'recovering'])
  })

  test('does not listen to what began before its state did', () => {
    const health = aHealth()
    const early = Array.from({ length: 5 }, () => health.ask())
    open(health)
    early[0]?.end(undefined)
    expect(states(health)).toEqual(['open'])
    health.pass(POLICY.openMs)
    const probe = health.ask()
    early[1]?.end(aFailure('timeout'))
    early[4]?.begun()
    early[4]?.end(aFailure('stream-interrupted'))
    expect(states(health)).toEqual(['open', 'half-open'])
    probe.end(undefined)
    early[2]?.end(aFailure('timeout'))
    for (let count = 0; count < 5; count++) health.ask().end(undefined)
    early[3]?.end(aFailure('timeout'))
    expect(states(health)).toEqual(['open', 'half-open', 'recovering', 'closed'])
    expect(health.reportOf()).not.toHaveProperty('failureRate')
  })

  test('of one target says nothing of another of the same instance', () => {
    const health = aHealth()
    open(health)
    expect(health.isAvailable(aTarget('a/two'))).toBe(true)
  })
})

describe('a stream', () => {
  test('is a probe that has succeeded once it has begun', () => {
    const health = aHealth()
    open(health)
    health.pass(POLICY.openMs)
    const stream = health.ask()
    stream.begun()
    expect(states(health)).toEqual(['open', 'half-open', 'recovering'])
    expect(health.isAvailable()).toBe(true)
    expect(health.reportOf()?.inFlight).toBe(1)
    stream.end(undefined)
    expect(health.reportOf()?.inFlight).toBe(0)
  })

  test('that was the probe and breaks after its begin opens the breaker again', () => {
    const health = aHealth()
    open(health)
    health.pass(POLICY.openMs)
    const probe = health.ask()
    probe.begun()
    probe.end(aFailure('stream-interrupted'))
    expect(states(health)).toEqual(['open', 'half-open', 'recovering', 'open'])
  })

  test('that breaks after its begin opens the breaker of a target that was coming back', () => {
    const health = aHealth()
    open(health)
    health.pass(POLICY.openMs)
    health.ask().end(undefined)
    const stream = health.ask()
    stream.begun()
    stream.end(aFailure('stream-interrupted'))
    expect(health.changes.at(-1)).toMatchObject({
      from: 'recovering',
      to: 'open',
      cause: 'stream-interrupted',
    })
  })

  test('counts once, whatever it tells', () => {
    const health = aHealth()
    open(health)
    health.pass(POLICY.openMs)
    health.ask().end(undefined)
    const stream = health.ask()
    for (let count = 0; count < 9; count++) stream.begun()
    for (let count = 0; count < 9; count++) stream.end(undefined)
    stream.begun()
    expect(health.reportOf()).toMatchObject({ state: 'recovering', inFlight: 0 })
    // The allowance is 2 after one answer.
    health.ask()
    health.ask()
    expect(health.isAvailable()).toBe(false)
  })

  test('is judged by its end while all is well: to begin is not to keep one’s word', () => {
    const { ask, changes } = aHealth()
    for (let count = 0; count < POLICY.consecutiveFailures; count++) {
      const stream = ask()
      stream.begun()
      stream.end(aFailure('stream-interrupted'))
    }
    expect(changes).toMatchObject([{ to: 'open' }])
  })
})

describe('a cooldown', () => {
  const [sibling, stranger] = [aTarget('a/two'), aTarget('b/one')]

  test.each(['auth', 'quota', 'not-found'] as const)(
    'for %s or a Retry-After holds for the one target',
    (kind) => {
      const { ask, isAvailable } = aHealth()
      ask().end(aFailure(kind))
      ask(stranger).end(aFailure('rate-limited', { retryAfterMs: 1000 }))
      expect([TARGET, sibling, stranger, aTarget('b/two')].map((target) => isAvailable(target))).toEqual([
        false,
        true,
        false,
        true,
      ])
    },
  )

  test('is never shortened', () => {
    const { ask, askAsLastResort, health } = aHealth()
    ask().end(aFailure('rate-limited', { retryAfterMs: 5000 }))
    askAsLastResort().end(aFailure('rate-limited', { retryAfterMs: 100 }))
    expect(health.unavailable(TARGET)?.availableInMs).toBe(5000)
    askAsLastResort().end(aFailure('rate-limited', { retryAfterMs: 7000 }))
    expect(health.unavailable(TARGET)?.availableInMs).toBe(7000)
  })

  test('shows its cause and its end', () => {
    const { ask, pass, reportOf } = aHealth()
    ask().end(aFailure('auth'))
    pass(1000)
    expect(reportOf()).toEqual({
      target: 'a/one',
      state: 'closed',
      inFlight: 0,
      cooldown: { cause: 'auth', endsInMs: POLICY.longCooldownMs - 1000 },
      availableInMs: POLICY.longCooldownMs - 1000,
    })
  })

  test('that ends before the breaker lets in again is not what the target is waiting for', () => {
    const health = aHealth()
    open(health)
    health.askAsLastResort().end(aFailure('rate-limited', { retryAfterMs: 100 }))
    expect(health.health.unavailable(TARGET)).toMatchObject({ why: 'breaker-open', availableInMs: 500 })
    expect(health.reportOf()).toMatchObject({ cooldown: { endsInMs: 100 }, availableInMs: 500 })
  })

  test('that ends leaves the rest to the breaker', () => {
    const health = aHealth()
    open(health)
    health.askAsLastResort().end(aFailure('rate-limited', { retryAfterMs: POLICY.openMs + 100 }))
    expect(health.health.unavailable(TARGET)).toMatchObject({ why: 'cooldown', availableInMs: 600 })
    health.pass(600)
    health.ask()
    expect(health.health.unavailable(TARGET)).toMatchObject({ why: 'breaker-open', availableInMs: 0 })
  })

  test('leaves a probe that was told to wait as good as not made', () => {
    const health = aHealth()
    open(health)
    health.pass(POLICY.openMs)
    health.ask().end(aFailure('rate-limited', { retryAfterMs: 1000 }))
    expect(health.isAvailable()).toBe(false)
    health.pass(1000)
    expect(health.isAvailable()).toBe(true)
    expect(states(health)).toEqual(['open', 'half-open'])
  })

  test.each(['auth', 'quota', 'not-found'] as const)(
    'for %s is over when a last resort is answered',
    (kind) => {
      const { ask, askAsLastResort, isAvailable } = aHealth()
      ask().end(aFailure(kind))
      askAsLastResort().end(undefined)
      expect(isAvailable()).toBe(true)
    },
  )

  test('for a refused key is over when a stream begins', () => {
    const { ask, askAsLastResort, isAvailable } = aHealth()
    ask().end(aFailure('auth'))
    askAsLastResort().begun()
    expect(isAvailable()).toBe(true)
  })

  test('with Retry-After holds although a last resort was answered', () => {
    const { ask, askAsLastResort, isAvailable, reportOf } = aHealth()
    ask().end(aFailure('rate-limited', { retryAfterMs: 5000 }))
    askAsLastResort().end(aFailure('not-found'))
    askAsLastResort().end(undefined)
    expect(isAvailable()).toBe(false)
    expect(reportOf()?.cooldown).toEqual({ cause: 'retry-after', endsInMs: 5000 })
  })

  test.each(['quota', 'not-found'] as const)(
    'for %s is not ended by an answer to an earlier question',
    (kind) => {
      const { ask, askAsLastResort, isAvailable, pass } = aHealth()
      const early = ask()
      ask().end(aFailure(kind))
      early.end(undefined)
      expect(isAvailable()).toBe(false)
      const between = askAsLastResort()
      pass(1)
      askAsLastResort().end(aFailure(kind))
      between.end(undefined)
      expect(isAvailable()).toBe(false)
    },
  )

  test('is not ended by what is no answer', () => {
    const { ask, askAsLastResort, isAvailable } = aHealth()
    ask().end(aFailure('quota'))
    askAsLastResort().end(aFailure('invalid-request'))
    expect(isAvailable()).toBe(false)
  })
})

test('only targets that were asked are reported, each once', () => {
  const { health, ask } = aHealth()
  expect(health.report()).toEqual([])
  health.unavailable(TARGET)
  expect(health.report()).toEqual([])
  for (let count = 0; count < 100; count++) ask(aTarget(`a/${count % 4}`)).end(undefined)
  expect(health.report().map(({ target }) => target)).toEqual(['a/0', 'a/1', 'a/2', 'a/3'])
})

test('a probe that hangs keeps the next one waiting for no longer than an interval', () => {
  const health = aHealth()
  open(health)
  health.pass(POLICY.openMs)
  const hanging = health.ask()
  expect(health.isAvailable()).toBe(false)
  health.pass(POLICY.openMs - 1)
  expect(health.isAvailable()).toBe(false)
  health.pass(1)
  health.ask().end(undefined)
  expect(health.changes.at(-1)?.to).toBe('recovering')
  hanging.end(aFailure('timeout'))
  expect(health.changes.at(-1)?.to).toBe('recovering')
})
