import { expect, test } from 'vitest'
import { LedgerError } from '../../../src/core/ledger-error.ts'
import { invalidParams } from '../../../src/core/llm-error.ts'
import { readLedger } from '../../../src/ledger/read-ledger.ts'
import { memoryLedger } from '../../../src/stores/memory-ledger.ts'

const never = (): Promise<never> => new Promise(() => undefined)
const store = memoryLedger()
const flush = (): Promise<void> => Promise.resolve()

test.each([
  ['a store that hangs', { store, flush }, never],
  ['a flush that hangs', { store, flush: never }, () => Promise.resolve(1)],
])('nobody waits for ever for %s, and who reads is told to stop', async (_name, source, read) => {
  const signals: AbortSignal[] = []
  const reading = readLedger(
    source,
    (_store, signal) => {
      signals.push(signal)
      return read()
    },
    5,
  )
  await expect(reading).rejects.toMatchObject({
    code: 'ledger_unavailable',
    status: 503,
    cause: expect.objectContaining({ code: 'ledger_unreachable', isPassing: true }) as LedgerError,
  })
  for (const signal of signals) expect(signal.aborted).toBe(true)
})

test('a ledger that is down is unavailable; what the reader refuses stays as it is', async () => {
  const down = new LedgerError('ledger_full', 'no room on /srv')
  const failing = readLedger({ store, flush: () => Promise.reject(down) }, () => Promise.resolve(1))
  await expect(failing).rejects.toMatchObject({
    message:
      'The ledger (memory) cannot be read now (ledger_full): the cause says why. Calls go on without it.',
    cause: down,
  })
  const refusal = invalidParams('no')
  await expect(readLedger({ store, flush }, () => Promise.reject(refusal))).rejects.toBe(refusal)
})

test('everything recorded is in the store before it is read', async () => {
  const order: string[] = []
  await readLedger({ store, flush: async () => void order.push('flush') }, async () => order.push('read'))
  expect(order).toEqual(['flush', 'read'])
})
