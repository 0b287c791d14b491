import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock, type Clock } from '../../../src/core/clock.ts'
import { startTimer } from '../../../src/core/timer.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function clockOf(speed: number): Clock {
  return { now: () => 0, monotonic: () => performance.now() * speed }
}

/** When it calls back, ms of real time. */
async function firesAfterMs(clock: Clock, ms: number): Promise<number> {
  const startedMs = performance.now()
  let firedMs = Number.NaN
  startTimer(clock, ms, () => {
    firedMs = performance.now() - startedMs
  })
  await vi.runAllTimersAsync()
  return firedMs
}

test('calls back when the time has passed on the system’s clock', async () => {
  expect(await firesAfterMs(systemClock, 1_500)).toBe(1_500)
  expect(await firesAfterMs(systemClock, 0.5)).toBe(1)
})

test('never before: a timer that fires early is set again', async () => {
  let nowMs = 0
  const late = { now: () => 0, monotonic: () => nowMs }
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  let fired = 0
  startTimer(late, 5, () => fired++)
  nowMs = 4.9
  await vi.advanceTimersByTimeAsync(5)
  expect(fired).toBe(0)
  nowMs = 5
  await vi.advanceTimersByTimeAsync(1)
  expect(fired).toBe(1)
  vi.restoreAllMocks()
})

test('keeps up with a clock that runs faster', async () => {
  expect(await firesAfterMs(clockOf(60), 60_000)).toBe(1_000)
  expect(await firesAfterMs(clockOf(60), 100)).toBeLessThanOrEqual(10)
})

test('does not wait for a clock that stands still', async () => {
  expect(await firesAfterMs({ now: () => 0, monotonic: () => 7 }, 300)).toBe(300)
})

test('is longer than a timer of Node’s can be', async () => {
  expect(await firesAfterMs(systemClock, 2 ** 31 + 5)).toBe(2 ** 31 + 5)
})

test('is stopped', async () => {
  const onTime = vi.fn<() => void>()
  startTimer(clockOf(2), 100, onTime)()
  await vi.runAllTimersAsync()
  expect(onTime).not.toHaveBeenCalled()
})
