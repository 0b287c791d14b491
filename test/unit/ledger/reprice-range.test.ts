import { expect, test } from 'vitest'
import type { LedgerStore } from '../../../src/core/ledger-store.ts'
import { collectCosts } from '../../../src/ledger/collect-costs.ts'
import type { ReportSource } from '../../../src/ledger/report-source.ts'
import { sumRollUps } from '../../../src/ledger/roll-up.ts'
import { memoryLedger } from '../../../src/stores/memory-ledger.ts'
import { aRow, DAY_MS, NOON_MS } from '../../support/ledger-rows.ts'

const nothing = sumRollUps(undefined, [])
const PAGE = Array.from({ length: 1_000 }, (_, index) => aRow({ callId: `call-${index}` }))

/** A store with more rows than anybody wants to read one by one. */
function endless(isPersistent: boolean): { readonly store: LedgerStore; readonly pages: () => number } {
  let pages = 0
  const total = { ...nothing, sums: { ...nothing.sums, attempts: 10 ** 7 } }
  const store = Object.assign(Object.create(memoryLedger()) as LedgerStore, {
    isPersistent,
    totals: () => Promise.resolve([total]),
    rows() {
      pages += 1
      return Promise.resolve(PAGE)
    },
  })
  return { store, pages: () => pages }
}

function collecting(store: LedgerStore, signal: AbortSignal): Promise<unknown> {
  const source: ReportSource = {
    store,
    flush: () => Promise.resolve(),
    timeZone: 'UTC',
    baseline: undefined,
    pricedModel: () => ({ price: undefined, priceProvider: 'openai', priceModel: 'gpt-4o' }),
    hoursFromMs: () => NOON_MS - 400 * DAY_MS,
    rowsFromMs: () => NOON_MS - 90 * DAY_MS,
    clock: { now: () => NOON_MS, monotonic: () => 0 },
  }
  return collectCosts(source, { from: NOON_MS - 30 * DAY_MS, baseline: 'openai/gpt-4o' }, { store, signal })
}

test.each([
  ['at once, where they are known to be there', true, 0],
  ['when they have been read, where some may be gone', false, 100],
])('more rows than can be priced again are refused %s', async (_name, isPersistent, pages) => {
  const store = endless(isPersistent)
  await expect(collecting(store.store, new AbortController().signal)).rejects.toMatchObject({
    code: 'invalid_params',
    param: 'baseline',
    message: expect.stringMatching(
      /^"baseline" is not the configured one, .* more than 100000 of them\. Ask for a shorter time \("from", "to"\), or configure it as the router’s "baseline"\.$/,
    ) as string,
  })
  expect(store.pages()).toBe(pages)
})

test('nothing is read for a reader that has gone', async () => {
  const store = endless(false)
  await collecting(store.store, AbortSignal.abort())
  expect(store.pages()).toBe(0)
})
