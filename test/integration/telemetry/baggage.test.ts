import { context, propagation, trace, type Context } from '@opentelemetry/api'
import { expect, onTestFinished, test } from 'vitest'
import { aFake, aRouter, providersOf, saying } from '../../support/app.ts'
import { createTelemetry } from '../../../src/telemetry/telemetry.ts'
import { aTarget } from '../../support/targets.ts'
import { aPlan } from '../../unit/telemetry/some-calls.ts'
import { aCapture } from './captured.ts'

const ON = { enabled: true, semconv: 'latest', draftCost: true, callerAttributes: false } as const
const TARGET = aTarget('a/one')

function withBaggage(): Context {
  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })
  return propagation.setBaggage(context.active(), baggage)
}

/** What an HTTP instrumentation would send along from inside an attempt. */
function sentAlong(): Record<string, string> {
  const carrier: Record<string, string> = {}
  propagation.inject(context.active(), carrier)
  return carrier
}

/** The two W3C propagators, as small as they can be. */
function installPropagator(): void {
  propagation.setGlobalPropagator({
    inject(active, carrier, setter) {
      const span = trace.getSpanContext(active)
      if (span !== undefined) setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-01`)
      const entries = propagation.getBaggage(active)?.getAllEntries() ?? []
      if (entries.length > 0) setter.set(carrier, 'baggage', entries.map(([name]) => name).join())
    },
    extract: (active) => active,
    fields: () => ['traceparent', 'baggage'],
  })
  onTestFinished(() => propagation.disable())
}

function attemptOf(enabled: boolean) {
  const telemetry = createTelemetry({ ...ON, enabled }, '0.0.0', () => undefined)
  const call = telemetry.startCall({
    operation: 'chat',
    callId: 'call-1',
    isStreamed: true,
    isOverhead: false,
    startedAtMs: Date.now(),
    plan: aPlan(),
    requestedModel: undefined,
    caller: undefined,
    route: undefined,
    request: undefined,
  })
  return call.startAttempt({
    number: 1,
    reason: 'initial',
    target: TARGET,
    operation: 'chat',
    params: {},
    isStreamed: true,
    retryDelayMs: 0,
  })
}

test.each([true, false])('nothing of baggage reaches a provider (telemetry enabled: %s)', async (enabled) => {
  const captured = await aCapture()
  installPropagator()
  await context.with(withBaggage(), async () => {
    expect(sentAlong()).toHaveProperty('baggage', 'tenant')
    const attempt = attemptOf(enabled)
    const [before, after] = await attempt.run(async () => {
      const first = sentAlong()
      await Promise.resolve()
      return [first, sentAlong()]
    })
    expect(before).toEqual(after)
    expect(before).not.toHaveProperty('baggage')
    if (enabled) expect(before.traceparent).toContain(captured.openSpans().at(-1)?.spanId)
    else expect(before).toEqual({})
    // Each read of a stream is run as the sending was, wherever the reader is by then.
    expect(await attempt.run(() => Promise.resolve(sentAlong()))).toEqual(before)
    expect(sentAlong()).toHaveProperty('baggage', 'tenant')
  })
})

test('the app keeps its baggage, in its checks of an answer too', async () => {
  await aCapture()
  const fake = await aFake()
  const { router } = aRouter({ tiers: { cheap: ['fake/a'] }, providers: providersOf({ fake }) })
  await context.with(withBaggage(), async () => {
    await router.chat.completions.create(saying('hi'), {
      accept: () => propagation.getActiveBaggage()?.getEntry('tenant')?.value === 'acme',
    })
    expect(propagation.getActiveBaggage()?.getEntry('tenant')?.value).toBe('acme')
  })
})
