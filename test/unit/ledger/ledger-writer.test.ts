import { onTestFinished, describe, expect, test } from 'vitest'
import type { LedgerRow } from '../../../src/core/ledger-row.ts'
import { LedgerWriter } from '../../../src/ledger/ledger-writer.ts'
import { retryDelayMs } from '../../../src/ledger/write-retry.ts'
import { aRow } from '../../support/ledger-rows.ts'
import { aListener, lasting, passing, ScriptedStore } from './scripted-store.ts'

/** Longer than any test: what is written, is written because somebody flushes, or because a batch is full. */
const NEVER_MS = 1_000_000

function aWriter(
  scripted: ScriptedStore,
  policy: { queueMax?: number; batchMax?: number; flushMs?: number } = {},
) {
  const listener = aListener()
  const writer = new LedgerWriter({
    store: scripted.store,
    timeZone: 'UTC',
    policy: { queueMax: 100, batchMax: 10, flushMs: NEVER_MS, ...policy },
    listener,
  })
  onTestFinished(() => writer.close(10))
  return { writer, listener }
}

let count = 0
function someRows(length: number): readonly LedgerRow[] {
  const callId = `call-${(count += 1)}`
  return Array.from({ length }, (_, index) => aRow({ callId, attempt: index + 1 }))
}

const ids = (rows: readonly LedgerRow[]) => rows.map(({ id }) => id)

describe('rows', () => {
  test('are written in order, in batches of at most so many', async () => {
    const scripted = new ScriptedStore()
    const { writer, listener } = aWriter(scripted, { batchMax: 4 })
    const rows = someRows(11)
    writer.add(rows.slice(0, 2))
    writer.add(rows.slice(2))
    await writer.flush(1_000)
    expect(scripted.written).toEqual(ids(rows))
    expect(scripted.batches.map(({ length }) => length)).toEqual([4, 4, 3])
    expect(listener.told).toEqual(['written 4', 'written 4', 'written 3'])
    expect(writer.health).toEqual({
      store: 'scripted',
      isUp: true,
      queued: 0,
      written: 11,
      dropped: 0,
      failures: 0,
    })
  })

  test('are written by themselves after a while', async () => {
    const scripted = new ScriptedStore()
    const { writer } = aWriter(scripted, { flushMs: 1 })
    writer.add(someRows(3))
    await expect.poll(() => scripted.written.length).toBe(3)
  })

  test('are written at once where they fill a batch', async () => {
    const scripted = new ScriptedStore()
    const { writer } = aWriter(scripted, { batchMax: 3 })
    await writer.flush(1_000)
    writer.add(someRows(3))
    await expect.poll(() => scripted.written.length).toBe(3)
  })

  test('of one call are dropped together past the end of the queue, and counted', async () => {
    const scripted = new ScriptedStore('hang')
    const { writer, listener } = aWriter(scripted, { queueMax: 5 })
    writer.add(someRows(3))
    writer.add(someRows(3))
    const fits = someRows(2)
    writer.add(fits)
    expect(writer.health).toMatchObject({ isUp: false, queued: 5, dropped: 3 })
    expect(listener.told).toEqual(['dropped 3'])
    scripted.release()
    await writer.flush(1_000)
    expect(scripted.written.slice(3)).toEqual(ids(fits))
    expect(writer.health).toMatchObject({ isUp: true, queued: 0, written: 5, dropped: 3 })
  })
})

describe('a store that fails', () => {
  test('is tried again with the same rows until it takes them, and told of once', async () => {
    const scripted = new ScriptedStore('ok', passing, passing, passing)
    const { writer, listener } = aWriter(scripted)
    const rows = someRows(4)
    writer.add(rows)
    await expect(writer.flush(1_000)).rejects.toBe(passing)
    expect(writer.health).toMatchObject({
      isUp: false,
      queued: 4,
      lastError: expect.stringContaining('ledger_locked'),
    })
    const later = someRows(1)
    writer.add(later)
    await expect(writer.flush(1_000)).rejects.toBe(passing)
    await writer.flush(1_000)
    expect(scripted.written).toEqual([...ids(rows), ...ids(later)])
    expect(listener.told.filter((line) => !line.startsWith('failed'))).toEqual([
      'down ledger_locked 4',
      'written 5',
      'up 3 0',
    ])
    expect(writer.health).toMatchObject({ isUp: true, failures: 3, queued: 0 })
    expect(writer.health).not.toHaveProperty('lastError')
  })

  test('in passing keeps nobody who reads from waiting that moment', async () => {
    const scripted = new ScriptedStore('ok', passing)
    const { writer } = aWriter(scripted)
    writer.add(someRows(1))
    await writer.flush(1_000)
    expect(scripted.written).toHaveLength(1)
  })

  test('for good is told at once to who reads, and tried again all the same', async () => {
    const scripted = new ScriptedStore(lasting)
    const { writer, listener } = aWriter(scripted)
    await expect(writer.flush(1_000)).rejects.toBe(lasting)
    expect(listener.told).toEqual(['failed ledger_unwritable', 'down ledger_unwritable 0'])
    await writer.flush(1_000)
    expect(scripted.opened).toBe(2)
  })

  test('for another reason than before is told of again', async () => {
    const scripted = new ScriptedStore(passing, lasting, lasting)
    const { writer, listener } = aWriter(scripted)
    await expect(writer.flush(1_000)).rejects.toBe(lasting)
    await expect(writer.flush(1_000)).rejects.toBe(lasting)
    await writer.flush(1_000)
    const changes = listener.told.filter((line) => !line.startsWith('failed'))
    expect(changes).toEqual(['down ledger_locked 0', 'down ledger_unwritable 0', 'up 3 0'])
  })

  test('by throwing something else says nothing of what it threw', async () => {
    const { writer, listener } = aWriter(
      new ScriptedStore(new TypeError('sk-secret'), new TypeError('sk-secret')),
    )
    await expect(writer.flush(1_000)).rejects.toMatchObject({ message: 'the store threw TypeError' })
    expect(JSON.stringify([listener.told, writer.health])).not.toContain('sk-secret')
  })

  test('waits longer each time, and longest for what somebody has to mend', () => {
    const delays = (error: typeof passing) =>
      [1, 2, 3, 50, 5_000].map((failures) => retryDelayMs(error, failures))
    expect(delays(passing)).toEqual([100, 200, 400, 10_000, 10_000])
    expect(delays(lasting)).toEqual([5_000, 10_000, 20_000, 60_000, 60_000])
  })
})

describe('a flush', () => {
  test('that hangs ends in time, without an end of the write', async () => {
    const scripted = new ScriptedStore('ok', 'hang')
    const { writer } = aWriter(scripted)
    writer.add(someRows(1))
    await expect(writer.flush(20)).rejects.toMatchObject({ code: 'ledger_unreachable', isPassing: true })
    scripted.release()
    await writer.flush(1_000)
    expect(scripted.written).toHaveLength(1)
  })

  test('waits for what was added before, not for what comes after', async () => {
    const scripted = new ScriptedStore('ok', 'ok', 'hang')
    const { writer } = aWriter(scripted, { batchMax: 1 })
    writer.add(someRows(1))
    const flushed = writer.flush(1_000)
    writer.add(someRows(1))
    await flushed
    expect(scripted.written).toHaveLength(1)
    scripted.release()
  })

  test('opens the store where nothing is to be written', async () => {
    const scripted = new ScriptedStore('hang')
    const { writer } = aWriter(scripted)
    await expect(writer.flush(5)).rejects.toMatchObject({ code: 'ledger_unreachable' })
    scripted.release()
    await writer.flush(1_000)
    expect(writer.health.isUp).toBe(true)
  })
})

describe('closing', () => {
  test('writes what is left; later rows are dropped', async () => {
    const scripted = new ScriptedStore()
    const { writer, listener } = aWriter(scripted)
    writer.add(someRows(25))
    await Promise.all([writer.close(1_000), writer.close(1_000)])
    expect(scripted.written).toHaveLength(25)
    writer.add(someRows(2))
    expect(listener.told.at(-1)).toBe('dropped 2')
    expect(writer.health).toMatchObject({ isUp: false, dropped: 2, queued: 0 })
    await expect(writer.flush(1_000)).rejects.toMatchObject({ code: 'ledger_closed' })
  })

  test('says what is lost, and why, where the store is down', async () => {
    const { writer, listener } = aWriter(new ScriptedStore('ok', lasting, lasting))
    writer.add(someRows(7))
    await writer.close(1_000)
    expect(listener.told.at(-1)).toBe('lost 7 ledger_unwritable')
    expect(writer.health).toMatchObject({ isUp: false, dropped: 7, queued: 0 })
  })

  test('tries again for as long as there is time, where what is in the way may pass', async () => {
    const scripted = new ScriptedStore('ok', passing, passing, passing)
    const { writer, listener } = aWriter(scripted)
    writer.add(someRows(7))
    await writer.close(60_000)
    expect(scripted.written).toHaveLength(7)
    expect(listener.told.filter((line) => line.startsWith('lost'))).toEqual([])
  })

  test('takes no longer than its time where it does not pass', async () => {
    const never = Array.from({ length: 1_000 }, () => passing)
    const { writer, listener } = aWriter(new ScriptedStore('ok', ...never))
    writer.add(someRows(7))
    await writer.close(250)
    expect(listener.told.at(-1)).toBe('lost 7 ledger_locked')
  })

  test('tells nothing more of a store that works again after it', async () => {
    const scripted = new ScriptedStore('ok', passing, 'hang')
    const { writer, listener } = aWriter(scripted)
    writer.add(someRows(2))
    await writer.close(50)
    scripted.release()
    await expect.poll(() => scripted.written.length).toBe(2)
    expect(listener.told.at(-1)).toBe('lost 2 ledger_locked')
  })

  test('does not wait for a store that hangs', async () => {
    const scripted = new ScriptedStore('hang')
    const { writer, listener } = aWriter(scripted)
    writer.add(someRows(2))
    await writer.close(5)
    expect(listener.told.at(-1)).toBe('lost 2 ledger_unreachable')
    scripted.release()
  })
})
