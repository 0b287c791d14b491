import { expect, test } from 'vitest'
import { createLedgerListener } from '../../../src/telemetry/ledger-listener.ts'
import { keptLogger, type LogLine } from '../../support/app.ts'
import { lasting, passing } from '../ledger/scripted-store.ts'

function aListener() {
  const lines: LogLine[] = []
  const counted: string[] = []
  const time = { ms: 0 }
  const listener = createLedgerListener({
    telemetry: {
      ledgerRows: (result, rows) => void counted.push(`${result} ${rows}`),
      ledgerWriteFailed: (errorType) => void counted.push(`failed ${errorType}`),
    },
    logger: keptLogger(lines),
    clock: { now: () => time.ms, monotonic: () => time.ms },
  })
  return { listener, lines, counted, time }
}

test('dropped rows are told at once, then once a minute, and what is left at the end of the outage', () => {
  const { listener, lines, counted, time } = aListener()
  for (const ms of [0, 1, 59_999, 60_000, 60_001, 60_002]) {
    time.ms = ms
    listener.dropped(2)
  }
  expect(lines.map(({ fields }) => fields)).toEqual([{ dropped: 2 }, { dropped: 6 }])
  listener.up(3, 7)
  expect(lines.slice(2).map(({ level, fields }) => [level, fields])).toEqual([
    ['warn', { dropped: 4 }],
    ['info', { failures: 3, queued: 7 }],
  ])
  expect(counted).toEqual(Array.from({ length: 6 }, () => 'dropped 2'))
})

test('what passes is a warning, what somebody has to mend an error', () => {
  const { listener, lines, counted } = aListener()
  for (const error of [passing, lasting]) {
    listener.failed(error)
    listener.down(error, 5)
  }
  expect(lines.map(({ level, fields }) => [level, fields])).toEqual([
    ['warn', { code: 'ledger_locked', queued: 5 }],
    ['error', { code: 'ledger_unwritable', queued: 5 }],
  ])
  expect(counted).toEqual(['failed ledger_locked', 'failed ledger_unwritable'])
})
