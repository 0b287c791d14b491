import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type { SharedOperations, SyncReply, SyncRequest, TargetNews } from '../../../src/core/shared-state.ts'
import type { StoreFailure } from '../../../src/core/bounded-operation.ts'
import { StoreLink } from '../../../src/resilience/store-link.ts'
import { createMemoryBudgets } from '../../../src/shared/memory-budgets.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const NEVER = (): Promise<never> => new Promise(() => undefined)
const ALONE: SyncReply = { processes: 1, told: [], epoch: 'first' }

/** A link to a state whose `sync` the test decides. */
function aLink(firstSync: (request: SyncRequest) => Promise<SyncReply> = () => Promise.resolve(ALONE)) {
  let sync = firstSync
  const failures: StoreFailure[] = []
  const changes: boolean[] = []
  const heard: TargetNews[] = []
  const requests: SyncRequest[] = []
  const state: SharedOperations = {
    timeoutMs: 100,
    onStoreError: 'allow',
    minuteMs: 60_000,
    budgets: createMemoryBudgets(systemClock),
    lease: NEVER,
    claim: NEVER,
    sync(request) {
      requests.push(request)
      return sync(request)
    },
  }
  const link = new StoreLink({
    state,
    onFailure: (failure) => failures.push(failure),
    onChange: (isUp) => changes.push(isUp),
    hear: (news) => heard.push(news),
  })
  const answers = (next: typeof sync): void => {
    sync = next
  }
  return { link, failures, changes, heard, requests, answers }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('what takes too long is not waited for, and from then on nothing is', async () => {
  const { link, failures, changes } = aLink()
  await pass(1)
  const slow = link.run(NEVER)
  await pass(101)
  expect(await slow).toBeUndefined()
  expect([link.isUp, changes]).toEqual([false, [false]])
  expect(failures).toEqual([{ why: 'timeout', word: 'no answer' }])
  const operation = vi.fn<() => Promise<number>>(() => Promise.resolve(1))
  expect(await link.run(operation)).toBeUndefined()
  expect(operation).not.toHaveBeenCalled()
  link.close()
})

test('it is tried in the background, ever more seldom, and used again when it answers', async () => {
  const { link, changes, requests, answers } = aLink()
  await pass(1)
  answers(() => Promise.reject(new Error('down')))
  await link.run(() => Promise.reject(new Error('down')))
  const before = requests.length
  await pass(10_000)
  expect(requests.length - before).toBeGreaterThanOrEqual(10)
  expect(requests.length - before).toBeLessThanOrEqual(16)
  answers(() => Promise.resolve({ ...ALONE, processes: 4 }))
  await pass(1_000)
  expect([link.isUp, link.ownPart, changes]).toEqual([true, 0.25, [false, true]])
  expect(await link.run(() => Promise.resolve(7))).toBe(7)
  link.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('a state that hangs keeps a few tries at most, and the first that comes through brings it back', async () => {
  const { link, requests, answers } = aLink()
  await pass(1)
  const waiting: (() => void)[] = []
  answers(() => new Promise((resolve) => waiting.push(() => resolve(ALONE))))
  await pass(600_000)
  expect(link.isUp).toBe(false)
  expect(requests.length).toBeLessThanOrEqual(10)
  answers(() => Promise.resolve(ALONE))
  for (const end of waiting) end()
  await pass(1_100)
  expect(link.isUp).toBe(true)
  link.close()
})

test('an answer that comes too late is handed to who can use it', async () => {
  const { link } = aLink()
  await pass(1)
  let end: (value: number) => void = () => undefined
  const late: number[] = []
  const slow = link.run(
    () => new Promise<number>((resolve) => (end = resolve)),
    (value) => late.push(value),
  )
  await pass(101)
  expect(await slow).toBeUndefined()
  end(7)
  await pass(1)
  expect(late).toEqual([7])
  link.close()
})

test('a client that throws at once has failed like any other', async () => {
  const { link, failures } = aLink()
  await pass(1)
  await link.run(() => {
    throw Object.assign(new Error('redis://user:secret@host is gone'), { code: 'ECONNREFUSED' })
  })
  expect(failures).toEqual([{ why: 'error', word: 'ECONNREFUSED' }])
  link.close()
})

test.each([
  ['READONLY You can not write against a read only replica.', 'READONLY'],
  ['the key {secret}:x is wrong', 'Error'],
])('of an error only its kind is told: %s', async (message, word) => {
  const { link, failures } = aLink()
  await pass(1)
  await link.run(() => Promise.reject(new Error(message)))
  expect(failures).toEqual([{ why: 'error', word }])
  link.close()
})

test('news is told at once, the last word for each part of a target, and again when it was not heard', async () => {
  const { link, requests, answers } = aLink()
  await pass(1)
  answers(() => Promise.reject(new Error('down')))
  link.tell({ target: 'a/one', what: 'open', forMs: 5_000, cause: 'server' })
  link.tell({ target: 'a/one', what: 'cooldown', forMs: 1_000, cause: 'retry-after' })
  link.tell({ target: 'a/one', what: 'answered' })
  await pass(2)
  expect(requests.at(-1)?.news.map(({ what }) => what)).toEqual(['answered', 'cooldown'])
  answers(() => Promise.resolve(ALONE))
  await pass(200)
  expect(requests.at(-1)?.news).toHaveLength(2)
  await pass(1_100)
  expect(requests.at(-1)?.news).toEqual([])
  link.close()
})

test('each word of another process is heard once, and its own never', async () => {
  const { link, heard, answers } = aLink()
  const word = { target: 'a/one', what: 'answered' } as const
  answers(() =>
    Promise.resolve({
      ...ALONE,
      told: [
        { ...word, by: 'another', word: '1' },
        { ...word, by: link.process, word: '2' },
      ],
    }),
  )
  await pass(3_000)
  expect(heard.map(({ by }) => by)).toEqual(['another'])
  link.close()
})

test('who listens is told when the state has lost what it knew', async () => {
  const { link, answers } = aLink()
  await pass(1)
  const listener = vi.fn<() => void>()
  link.onChange(listener)
  await pass(2_000)
  expect(listener).not.toHaveBeenCalled()
  answers(() => Promise.resolve({ ...ALONE, epoch: 'second' }))
  await pass(2_000)
  expect(listener).toHaveBeenCalledTimes(1)
  link.close()
})
