import { describe, expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { createCallsUnderWay } from '../../../src/router/under-way.ts'
import { createClose, type CloseOptions } from '../../../src/surface/draining.ts'

/** A close with one call under way, which settles when it is ended. */
function aClose() {
  const state = { underWay: createCallsUnderWay(), isClosed: false }
  const told: string[] = []
  const end = (): void => {
    told.push('ended')
    state.underWay.delete(end)
  }
  state.underWay.add(end)
  const close = createClose(state, async () => void told.push('released'))
  return { state, told, close, settle: () => state.underWay.delete(end) }
}

const LONG: CloseOptions = { timeoutMs: 2 ** 31 - 1 }

describe('close', () => {
  test.each([undefined, {}, { timeoutMs: 0 }])('%o ends the calls under way at once', async (options) => {
    const { state, told, close } = aClose()
    const closing = close(options)
    expect([state.isClosed, told]).toEqual([true, ['ended']])
    await closing
    expect(told).toEqual(['ended', 'released'])
  })

  test('with a time limit waits for them, and leaves no timer', async () => {
    const { state, told, close, settle } = aClose()
    const before = timers()
    const closing = close(LONG)
    expect([state.isClosed, told, timers()]).toEqual([true, [], before + 1])
    settle()
    await closing
    expect([told, timers()]).toEqual([['released'], before])
  })

  test('with a time limit ends at it those that are left', async () => {
    const { told, close } = aClose()
    await close({ timeoutMs: 5 })
    expect(told).toEqual(['ended', 'released'])
  })

  test('ends within the shortest of several limits, and releases once', async () => {
    const before = timers()
    for (const limits of [
      [LONG, undefined],
      [LONG, { timeoutMs: 5 }],
      [{ timeoutMs: 5 }, LONG],
    ] as const) {
      const { told, close } = aClose()
      await Promise.all(limits.map((options) => close(options)))
      await close()
      expect(told).toEqual(['ended', 'released'])
    }
    expect(timers()).toBe(before)
  })

  test('that could not release everything says so to everybody who waits', async () => {
    const state = { underWay: createCallsUnderWay(), isClosed: false }
    const close = createClose(state, () => Promise.reject(new Error('stuck')))
    const both = await Promise.allSettled([close(LONG), close()])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  test.each([
    [{ timeoutMs: -1 }, 'timeoutMs', 'from 0 to 2147483647, got -1.'],
    [{ timeoutMs: 1.5 }, 'timeoutMs', 'got 1.5.'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs', 'got NaN.'],
    [{ timeoutMs: Infinity }, 'timeoutMs', 'got Infinity.'],
    [{ timeoutMs: 2 ** 31 }, 'timeoutMs', 'got 2147483648.'],
    [{ timeoutMs: '5s' }, 'timeoutMs', 'got "5s".'],
    [{ timeoutMs: null }, 'timeoutMs', 'got null.'],
    [{ timeoutMS: 5 }, 'timeoutMS', 'Did you mean "timeoutMs"?'],
    [{ grace: 5 }, 'grace', '"grace" is no option of it.'],
    [5_000, 'options', 'such as { timeoutMs: 20_000 }.'],
    ['SIGTERM', 'options', 'such as { timeoutMs: 20_000 }.'],
    [null, 'options', 'such as { timeoutMs: 20_000 }.'],
  ])('refuses %o, and closes nothing', async (options, param, words) => {
    const { state, told, close } = aClose()
    const error: unknown = await close(options as CloseOptions).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LlmError)
    expect(error).toMatchObject({ code: 'config_invalid', param, message: expect.stringContaining(words) })
    expect([state.isClosed, told]).toEqual([false, []])
  })
})

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}
