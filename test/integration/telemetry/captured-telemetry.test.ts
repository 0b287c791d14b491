import { metrics, trace } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { captureTelemetry } from '../../../src/testing/captured-telemetry.ts'
import { aCapture } from './captured.ts'

test('a second SDK in one process is refused by name, and the first goes on', async () => {
  const captured = await aCapture()
  await expect(captureTelemetry()).rejects.toThrow('registered in this process already')
  trace.getTracer('app').startSpan('still here').end()
  expect(captured.spans().map(({ name }) => name)).toEqual(['still here'])
})

test('a span that never ends is found', async () => {
  const captured = await aCapture()
  const forgotten = trace.getTracer('app').startSpan('forgotten')
  expect(captured.openSpans()).toMatchObject([{ name: 'forgotten', isOpen: true, durationMs: 0 }])
  expect(captured.spans()).toEqual([])
  forgotten.end()
  expect(captured.openSpans()).toEqual([])
})

test('a reset forgets spans and metrics, and both are captured again', async () => {
  const captured = await aCapture()
  for (let round = 1; round <= 2; round++) {
    trace.getTracer('app').startSpan('work').end()
    metrics.getMeter('app').createCounter('work.done', { unit: '{piece}' }).add(round, { round })
    metrics
      .getMeter('app')
      .createHistogram('work.size')
      .record(3 * round)
    metrics
      .getMeter('app')
      .createHistogram('work.size')
      .record(4 * round)
    expect(captured.spans()).toHaveLength(1)
    expect(await captured.metrics()).toMatchObject([
      { name: 'work.done', kind: 'sum', unit: '{piece}', value: round, attributes: { round } },
      { name: 'work.size', kind: 'histogram', value: 7 * round, count: 2 },
    ])
    captured.reset()
    expect([captured.spans(), await captured.metrics()]).toEqual([[], []])
  }
})

test('after the shutdown the process has no SDK', async () => {
  const captured = await captureTelemetry()
  await captured.shutdown()
  trace.getTracer('app').startSpan('late').end()
  expect(captured.spans()).toEqual([])
  await (await captureTelemetry()).shutdown()
})
