import { expect, test } from 'vitest'
import type { RouterOptions } from '../../../src/config/options.ts'
import type { HealthChange } from '../../../src/core/target-health.ts'
import { METRIC, OURS } from '../../../src/telemetry/semconv.ts'
import type { CapturedTelemetry } from '../../../src/testing/captured-telemetry.ts'
import { aFake, aRouter, providersOf } from '../../support/app.ts'
import { aCapture, onlyTree } from './captured.ts'

/** A provider that has no capacity, one that has, and a clock that stands still until a test moves it. */
async function anOutage(options: Partial<RouterOptions> = {}) {
  const captured = await aCapture()
  const first = await aFake({ name: 'first' })
  const second = await aFake({ name: 'second' })
  first.always({ status: 503 })
  const clock = { ms: 0, now: () => 1_700_000_000_000 + clock.ms, monotonic: () => clock.ms }
  const changes: HealthChange[] = []
  const { router, lines } = aRouter({
    tiers: { cheap: ['first/a', 'second/b'] },
    providers: providersOf({ first, second }),
    retry: { retriesPerTarget: 0 },
    clock,
    onHealthChange: (change) => changes.push(change),
    ...options,
  })
  const ask = async (times: number): Promise<void> => {
    for (let call = 0; call < times; call++) await router.ask('hi')
  }
  const told = (level: string): string[] =>
    lines.filter((line) => line.level === level && line.message !== 'llm call').map(({ message }) => message)
  return { captured, first, router, clock, changes, ask, told }
}

/** Targets by the state that the gauge shows. */
async function statesShown(captured: CapturedTelemetry): Promise<Record<string, unknown>> {
  const points = (await captured.metrics()).filter(
    ({ name, value }) => name === METRIC.circuitState && value === 1,
  )
  return Object.fromEntries(
    points.map(({ attributes }) => [attributes[OURS.circuitTarget], attributes[OURS.circuitState]]),
  )
}

async function transitions(captured: CapturedTelemetry): Promise<unknown[]> {
  const points = (await captured.metrics()).filter(({ name }) => name === METRIC.circuitTransitions)
  return points.map(({ attributes, value }) => [
    attributes[OURS.circuitTarget],
    attributes[OURS.circuitFrom],
    attributes[OURS.circuitTo],
    value,
  ])
}

test('five failures are seen by health(), the metrics, the log, the app, and the next call', async () => {
  const { captured, router, changes, ask, told } = await anOutage()
  await ask(5)
  expect(router.health()).toEqual([
    { target: 'first/a', state: 'open', inFlight: 0, availableInMs: 5_000 },
    { target: 'second/b', state: 'closed', failureRate: 0, inFlight: 0 },
  ])
  expect(await statesShown(captured)).toEqual({ 'first/a': 'open', 'second/b': 'closed' })
  expect(await transitions(captured)).toEqual([['first/a', 'closed', 'open', 1]])
  expect(told('warn')).toEqual([
    'express-llm: first/a is left alone for now: the provider has no capacity at the moment (503, 529)',
  ])
  expect(changes).toEqual([{ target: 'first/a', from: 'closed', to: 'open', cause: 'overloaded' }])
  captured.reset()
  await ask(1)
  expect(onlyTree(captured).events).toEqual([
    {
      name: 'express_llm.candidate.skipped',
      attributes: { [OURS.skippedTarget]: 'first/a', [OURS.skippedWhy]: 'breaker-open' },
    },
  ])
})

test('its end is seen too: one warning, one line, and each step between in the metrics', async () => {
  const { captured, first, router, clock, changes, ask, told } = await anOutage()
  await ask(5)
  clock.ms += 5_000
  await ask(1)
  first.reset()
  clock.ms += 5_000
  await ask(6)
  expect(router.health()).toMatchObject([{ state: 'closed' }, { state: 'closed' }])
  expect(await statesShown(captured)).toEqual({ 'first/a': 'closed', 'second/b': 'closed' })
  expect(await transitions(captured)).toEqual([
    ['first/a', 'closed', 'open', 1],
    ['first/a', 'open', 'half-open', 2],
    ['first/a', 'half-open', 'open', 1],
    ['first/a', 'half-open', 'recovering', 1],
    ['first/a', 'recovering', 'closed', 1],
  ])
  expect(changes.map(({ to }) => to)).toEqual([
    'open',
    'half-open',
    'open',
    'half-open',
    'recovering',
    'closed',
  ])
  expect([told('warn').length, told('info')]).toEqual([1, ['express-llm: first/a is asked as usual again']])
})

test('a refused key is warned of once, and health() says what the matter is', async () => {
  const { captured, first, router, ask, told } = await anOutage()
  first.reset()
  first.always({ status: 401 })
  await ask(3)
  expect(first.requests).toHaveLength(1)
  expect(router.health()[0]).toEqual({
    target: 'first/a',
    state: 'closed',
    inFlight: 0,
    cooldown: { cause: 'auth', endsInMs: 600_000 },
    availableInMs: 600_000,
  })
  expect(told('warn')).toEqual([
    'express-llm: first/a cannot be used: the provider refused our key (401, 403)',
  ])
  expect(await transitions(captured)).toEqual([])
})

test('a listener that throws is logged, and touches no call', async () => {
  const { ask, told } = await anOutage({
    onHealthChange: () => {
      throw new Error('the pager is off')
    },
  })
  await ask(6)
  expect(told('error')).toEqual(['express-llm: onHealthChange failed'])
})

test('a router that is closed is not watched any more', async () => {
  const { captured, router, ask } = await anOutage()
  await ask(5)
  await router.close()
  expect(await statesShown(captured)).toEqual({})
  expect(router.health()).toMatchObject([{ target: 'first/a', state: 'open' }, {}])
})

test('with health off nothing is remembered and nothing shown', async () => {
  const { captured, first, router, changes, ask } = await anOutage({ health: { enabled: false } })
  await ask(7)
  expect(first.requests).toHaveLength(7)
  expect([router.health(), changes, await statesShown(captured)]).toEqual([[], [], {}])
})

test('it is on the router, and not on what a request has', async () => {
  const { router } = await anOutage()
  expect(['health' in router, 'health' in router.tier('cheap')]).toEqual([true, false])
})
