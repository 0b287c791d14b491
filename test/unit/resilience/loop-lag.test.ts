import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLoopLag } from '../../../src/resilience/loop-lag.ts'

let nowMs = 0

beforeEach(() => {
  nowMs = 0
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** The event loop gets to its timers, so many ms later. */
function turnAfter(ms: number): void {
  nowMs += ms
  vi.advanceTimersByTime(50)
}

test('is how late the last look was', () => {
  const lag = createLoopLag(() => false)
  expect(lag.lagMs()).toBe(0)
  turnAfter(50)
  expect(lag.lagMs()).toBe(0)
  turnAfter(350)
  expect(lag.lagMs()).toBe(300)
  turnAfter(50)
  expect(lag.lagMs()).toBe(0)
  lag.close()
})

test('is seen before the next look, by who comes first after the loop was blocked', () => {
  const lag = createLoopLag(() => false)
  lag.lagMs()
  nowMs += 450
  expect(lag.lagMs()).toBe(400)
  lag.close()
})

test('nothing is watched before somebody asks, nor when there is nothing to do', () => {
  let isIdle = false
  const lag = createLoopLag(() => isIdle)
  expect(vi.getTimerCount()).toBe(0)
  lag.lagMs()
  turnAfter(50)
  expect(vi.getTimerCount()).toBe(1)
  isIdle = true
  turnAfter(500)
  expect(vi.getTimerCount()).toBe(0)
  expect(lag.lagMs()).toBe(0)
  lag.close()
  expect(vi.getTimerCount()).toBe(0)
})
