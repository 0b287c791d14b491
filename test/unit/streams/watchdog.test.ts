import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createWatchdog } from '../../../src/streams/watchdog.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function watched() {
  const onLate = vi.fn<() => void>()
  return { dog: createWatchdog(() => performance.now(), onLate), onLate }
}

test('says once that it is late', () => {
  const { dog, onLate } = watched()
  dog.expect(100)
  vi.advanceTimersByTime(99)
  expect(onLate).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1_000)
  expect(onLate).toHaveBeenCalledTimes(1)
})

test('a new time replaces the old one, whether it is later or sooner', () => {
  const { dog, onLate } = watched()
  dog.expect(100)
  vi.advanceTimersByTime(90)
  dog.expect(100)
  vi.advanceTimersByTime(90)
  expect(onLate).not.toHaveBeenCalled()
  dog.expect(5)
  vi.advanceTimersByTime(6)
  expect(onLate).toHaveBeenCalledTimes(1)
})

test('expects nothing while it rests, and again when it is told', () => {
  const { dog, onLate } = watched()
  dog.expect(100)
  dog.rest()
  vi.advanceTimersByTime(500)
  expect(onLate).not.toHaveBeenCalled()
  dog.expect(100)
  vi.advanceTimersByTime(101)
  expect(onLate).toHaveBeenCalledTimes(1)
})

test('a thousand new times need few timers', () => {
  const { dog } = watched()
  const set = vi.spyOn(globalThis, 'setTimeout')
  for (let count = 0; count < 1_000; count++) {
    dog.expect(1_000)
    vi.advanceTimersByTime(1)
  }
  expect(set.mock.calls.length).toBeLessThan(5)
  set.mockRestore()
})

test('is not late when what it waited for comes in the last turn of the event loop', () => {
  const { dog, onLate } = watched()
  dog.expect(100)
  vi.advanceTimersToNextTimer()
  dog.rest()
  vi.advanceTimersByTime(1_000)
  expect(onLate).not.toHaveBeenCalled()
  dog.expect(100)
  vi.advanceTimersToNextTimer()
  dog.expect(100)
  vi.advanceTimersByTime(50)
  expect(onLate).not.toHaveBeenCalled()
})

test('leaves no timer when it is closed', () => {
  const { dog, onLate } = watched()
  dog.expect(100)
  dog.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(500)
  expect(onLate).not.toHaveBeenCalled()
})

test('a limit that is none is never late', () => {
  const { dog, onLate } = watched()
  dog.expect(Number.POSITIVE_INFINITY)
  vi.advanceTimersByTime(10 ** 9)
  expect(onLate).not.toHaveBeenCalled()
})
