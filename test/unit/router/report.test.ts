import { expect, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import { reportOf } from '../../../src/router/report.ts'
import { aRecord } from '../../support/targets.ts'
import {
  aBrokenStream,
  aRateLimited,
  aSettlement,
  FIRST,
  SECOND,
  someFacts,
} from '../telemetry/some-calls.ts'

test('a report leaves out what is unknown, and what belongs to streams', () => {
  const report = reportOf(aSettlement([aRecord(FIRST)]))
  expect(report).toMatchObject({ outcome: 'success', target: FIRST.id, latencyMs: 1500 })
  for (const part of [report, ...report.attempts]) {
    for (const name of ['traceId', 'timeToFirstTokenMs', 'timeToFirstChunkMs', 'malformedParts'])
      expect(part).not.toHaveProperty(name)
    expect(Object.values(part)).not.toContain(undefined)
  }
})

test('a streamed call tells when its caller had something, and of each attempt when it began to answer', () => {
  const answered = aRecord(SECOND, { number: 2, stream: someFacts({ malformedCount: 3 }) })
  const settlement = aSettlement([aRateLimited(), answered], { isStreamed: true, timeToFirstTokenMs: 450 })
  const report = reportOf({ ...settlement, traceId: 'trace-1' })
  expect(report).toMatchObject({ timeToFirstTokenMs: 450, traceId: 'trace-1' })
  expect(report.attempts[0]).not.toHaveProperty('timeToFirstChunkMs')
  expect(report.attempts[1]).toMatchObject({ timeToFirstChunkMs: 200, malformedParts: 3 })
})

test('a stream that was left has no target that answered, and what it cost was wasted', () => {
  const error = new CallAborted('reader_stopped')
  const report = reportOf(aSettlement([aBrokenStream()], { isStreamed: true, error }))
  expect(report).toMatchObject({ outcome: 'cancelled', wastedUsd: 7e-7, costStatus: 'estimated' })
  expect(report).not.toHaveProperty('target')
  expect(report.attempts[0]).not.toHaveProperty('malformedParts')
})
