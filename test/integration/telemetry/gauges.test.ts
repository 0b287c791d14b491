import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ObservableCallback, ObservableGauge } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import type { CircuitState, TargetHealth } from '../../../src/core/target-health.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { GaugeSource } from '../../../src/core/gauges.ts'
import { alwaysAvailable } from '../../../src/resilience/always-available.ts'
import { createLedgerOff } from '../../../src/ledger/ledger-off.ts'
import { createLimits } from '../../../src/resilience/limits.ts'
import { createRetryQuota } from '../../../src/resilience/retry-quota.ts'
import { createGaugeSource } from '../../../src/router/gauges.ts'
import { createCallsUnderWay } from '../../../src/router/under-way.ts'
import { observeGauges } from '../../../src/telemetry/gauges.ts'
import { METRIC, OURS } from '../../../src/telemetry/semconv.ts'
import { createTelemetry, type Telemetry } from '../../../src/telemetry/telemetry.ts'
import type { CapturedTelemetry } from '../../../src/testing/captured-telemetry.ts'
import { aTarget } from '../../support/targets.ts'
import { aSettlement } from '../../unit/telemetry/some-calls.ts'
import { aCapture } from './captured.ts'

/** Two instances of one service: provider and model are the same. */
const TARGETS = new Map(['eu/one', 'us/one'].map((id) => [id, aTarget(id, { provider: 'azure' })]))

function aTelemetry(): Telemetry {
  const config = { enabled: true, semconv: 'latest', draftCost: true, callerAttributes: false } as const
  return createTelemetry(config, '0.0.0', (problem) => {
    throw new Error(problem)
  })
}

function healthOf(states: Readonly<Record<string, CircuitState>>): TargetHealth {
  const report = (): ReturnType<TargetHealth['report']> =>
    Object.entries(states).map(([target, state]) => ({ target, state, inFlight: 0 }))
  return { ...alwaysAvailable, report }
}

function sourceOf(health: TargetHealth): GaugeSource {
  const limits = createLimits({ clock: systemClock, policiesOf: () => [] })
  const quota = createRetryQuota({ quotaReserve: 10, quotaPerAnswer: 1 })
  return createGaugeSource(
    {
      health,
      limits,
      quota,
      underWay: createCallsUnderWay(),
      store: undefined,
      ledger: createLedgerOff('UTC'),
      budgets: { utilization: () => [] },
    },
    TARGETS,
  )
}

/** Instruments are made when the first call is settled. */
function oneCall(telemetry: Telemetry): void {
  const settlement = aSettlement([])
  telemetry.startCall({ ...settlement, request: undefined }).end(settlement)
}

/** What the gauge shows: `target: state` of each point that is 1, and the number of all points. */
async function shown(captured: CapturedTelemetry): Promise<{ ones: string[]; points: number }> {
  const points = (await captured.metrics()).filter(({ name }) => name === METRIC.circuitState)
  const ones = points
    .filter(({ value }) => value === 1)
    .map(({ attributes }) => [attributes[OURS.circuitTarget], attributes[OURS.circuitState]].join(': '))
  return { ones: ones.toSorted(), points: points.length }
}

test('the gauge follows each target: 1 for its state, 0 for every other', async () => {
  const captured = await aCapture()
  const telemetry = aTelemetry()
  const states: Record<string, CircuitState> = { 'eu/one': 'closed', 'us/one': 'closed' }
  const health = healthOf(states)
  telemetry.watch(sourceOf(health))
  expect(await shown(captured)).toEqual({ ones: [], points: 0 })
  oneCall(telemetry)
  expect(await shown(captured)).toEqual({ ones: ['eu/one: closed', 'us/one: closed'], points: 8 })
  states['eu/one'] = 'open'
  expect(await shown(captured)).toEqual({ ones: ['eu/one: open', 'us/one: closed'], points: 8 })
  expect((await captured.metrics()).find(({ name }) => name === METRIC.circuitState)).toMatchObject({
    kind: 'gauge',
    unit: '1',
    attributes: { 'gen_ai.provider.name': 'azure', 'gen_ai.request.model': 'one' },
  })
})

test('changes are counted by target, from what to what', async () => {
  const captured = await aCapture()
  const telemetry = aTelemetry()
  const [target = aTarget('eu/one')] = TARGETS.values()
  const change = { target: target.id, from: 'closed', to: 'open', cause: 'server' } as const
  telemetry.healthChanged(target, change)
  telemetry.healthChanged(target, change)
  expect((await captured.metrics()).filter(({ name }) => name === METRIC.circuitTransitions)).toEqual([
    {
      name: METRIC.circuitTransitions,
      unit: '{transition}',
      kind: 'sum',
      value: 2,
      attributes: {
        'gen_ai.provider.name': 'azure',
        'gen_ai.request.model': 'one',
        [OURS.circuitTarget]: 'eu/one',
        [OURS.circuitFrom]: 'closed',
        [OURS.circuitTo]: 'open',
      },
    },
  ])
})

test('an SDK that takes the place of another shows the states too, and the former is left alone', async () => {
  const captured = await aCapture()
  const telemetry = aTelemetry()
  let asked = 0
  const report = (): ReturnType<TargetHealth['report']> => {
    asked += 1
    return [{ target: 'eu/one', state: 'recovering', inFlight: 0 }]
  }
  const health = { ...alwaysAvailable, report }
  telemetry.watch(sourceOf(health))
  oneCall(telemetry)
  captured.reset()
  oneCall(telemetry)
  expect(await shown(captured)).toEqual({ ones: ['eu/one: recovering'], points: 4 })
  expect(asked).toBe(1)
})

test('after close() nothing is asked any more, by this SDK or the next', async () => {
  const captured = await aCapture()
  const telemetry = aTelemetry()
  const health = healthOf({ 'eu/one': 'closed' })
  telemetry.watch(sourceOf(health))
  oneCall(telemetry)
  telemetry.close()
  expect(await shown(captured)).toEqual({ ones: [], points: 0 })
  captured.reset()
  oneCall(telemetry)
  expect(await shown(captured)).toEqual({ ones: [], points: 0 })
})

test('the SDK does not keep a router alive that the app has dropped without closing it', async () => {
  const captured = await aCapture()
  const dropped = aDroppedTelemetry()
  expect(await shown(captured)).toEqual({ ones: ['eu/one: open'], points: 4 })
  await collectGarbage()
  expect(dropped.deref()).toBeUndefined()
})

function aDroppedTelemetry(): WeakRef<GaugeSource> {
  const telemetry = aTelemetry()
  const source = sourceOf(healthOf({ 'eu/one': 'open' }))
  telemetry.watch(source)
  oneCall(telemetry)
  return new WeakRef(source)
}

test('the callback of a router that is gone goes too', async () => {
  const callbacks = new Set<ObservableCallback>()
  const gauge: ObservableGauge = {
    addCallback: (callback) => void callbacks.add(callback),
    removeCallback: (callback) => void callbacks.delete(callback),
  }
  // In a function of its own, so that nothing of it is left on the stack.
  const begin = (): unknown =>
    observeGauges(
      {
        circuitState: gauge,
        queueDepth: gauge,
        inFlight: gauge,
        retryQuota: gauge,
        sharedStateUp: gauge,
        ledgerQueueDepth: gauge,
        budgetUtilization: gauge,
      },
      sourceOf(healthOf({})),
    )
  begin()
  await collectGarbage()
  for (const callback of callbacks) await callback({ observe: () => undefined })
  await expect.poll(() => callbacks.size).toBe(0)
})

async function collectGarbage(): Promise<void> {
  // What a WeakRef has shown is kept until the turn of the event loop is over.
  await nextTurn()
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('this engine does not collect on demand')
  collect()
}

test('a target that the config does not have is not shown', async () => {
  const captured = await aCapture()
  const telemetry = aTelemetry()
  const health = healthOf({ 'who/knows': 'open' })
  telemetry.watch(sourceOf(health))
  oneCall(telemetry)
  expect((await shown(captured)).points).toBe(0)
})
