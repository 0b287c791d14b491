import { describe, expect, test } from 'vitest'
import type { AttemptFailure } from '../../../src/core/attempt-failure.ts'
import { shareOf, simulate } from './simulated-calls.ts'

const SERVER_ERROR: AttemptFailure = { kind: 'server', status: 500, wasSent: true, message: 'broken' }
const THREE = { 'a/fast': { latencyMs: 100 }, 'b/middle': { latencyMs: 200 }, 'c/slow': { latencyMs: 800 } }
const SEEDS = [1, 2, 3, 4, 5]

describe.each(SEEDS)('among targets of 100, 200 and 800 ms (seed %i)', (seed) => {
  test.each([0.2, 5, 50, 200])('the slowest gets little more than what is explored at %d calls/s', (rate) => {
    const simulation = simulate(THREE, { seed })
    simulation.run(rate, 20 / rate)
    simulation.asked()
    simulation.run(rate, 4_000 / rate)
    const asked = simulation.asked()
    expect(shareOf('c/slow', asked)).toBeGreaterThan(0.005)
    expect(shareOf('c/slow', asked)).toBeLessThan(0.035)
    expect(shareOf('a/fast', asked)).toBeGreaterThan(0.6)
  })

  test('without exploration the slowest gets nothing, once it is known', () => {
    const simulation = simulate(THREE, { seed, exploreShare: 0 })
    simulation.run(10, 10)
    simulation.asked()
    simulation.run(10, 300)
    expect(shareOf('c/slow', simulation.asked())).toBe(0)
  })

  test('when the fastest becomes ten times slower, traffic leaves it within a few dozen calls, and comes back after it', () => {
    const simulation = simulate(THREE, { seed })
    simulation.run(20, 60)
    simulation.behave('a/fast', { latencyMs: 1_000 })
    simulation.asked()
    simulation.run(20, 60)
    const degraded = simulation.asked()
    const last = degraded.slice(36)
    expect(shareOf('a/fast', last)).toBeLessThan(0.05)
    simulation.behave('a/fast', { latencyMs: 100 })
    simulation.run(20, 150)
    simulation.asked()
    simulation.run(20, 60)
    expect(shareOf('a/fast', simulation.asked())).toBeGreaterThan(0.6)
  })

  test('one that hangs is left before any of its attempts has ended', () => {
    const simulation = simulate(THREE, { seed })
    simulation.run(50, 20)
    simulation.behave('a/fast', { latencyMs: 3_600_000 })
    simulation.asked()
    simulation.run(50, 30)
    const asked = simulation.asked()
    expect(shareOf('a/fast', asked.slice(36))).toBeLessThan(0.02)
  })

  test('one that fails fast does not look fast', () => {
    const simulation = simulate(THREE, { seed })
    simulation.run(20, 30)
    simulation.behave('a/fast', { latencyMs: 2, failure: SERVER_ERROR })
    simulation.asked()
    simulation.run(20, 120)
    const asked = simulation.asked()
    expect(shareOf('a/fast', asked)).toBeLessThan(0.06)
    expect(shareOf('a/fast', asked.slice(36))).toBeLessThan(0.05)
  })

  test('a burst does not all go to the fastest', () => {
    const simulation = simulate(THREE, { seed })
    simulation.run(10, 20)
    simulation.asked()
    simulation.run(100_000, 0.001)
    const asked = simulation.asked()
    expect(shareOf('b/middle', asked)).toBeGreaterThan(0.2)
    expect(shareOf('a/fast', asked)).toBeGreaterThan(shareOf('b/middle', asked))
  })
})

test('a burst at the start spreads over all, because nobody is known', () => {
  const simulation = simulate(THREE)
  simulation.run(300_000, 0.001)
  const asked = simulation.asked()
  for (const id of Object.keys(THREE)) expect(shareOf(id, asked)).toBeGreaterThan(0.2)
})

test('a target that has never answered is asked by one call now and then, not by all and not by none', () => {
  const simulation = simulate({ ...THREE, 'd/dead': { latencyMs: 1, failure: SERVER_ERROR } })
  simulation.run(10, 600)
  const asked = simulation.asked()
  expect(shareOf('d/dead', asked)).toBeGreaterThan(0.002)
  expect(shareOf('d/dead', asked)).toBeLessThan(0.02)
})
