import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { WaitLine, type Tried } from '../../../src/budgets/wait-line.ts'
import { systemClock } from '../../../src/core/clock.ts'

const LONG_MS = 60_000

/** A purse of money, and those who want so much of it. */
function aPurse(left: number) {
  const purse = { left }
  const log: string[] = []
  const line = new WaitLine<string, string>({
    clock: systemClock,
    lookEveryMs: undefined,
    release: (name) => void log.push(`${name} gave back`),
  })
  const want = (name: string, amount: number, options: Partial<Parameters<typeof line.wait>[0]> = {}) => {
    const tryAgain = (): Tried<string, string> => {
      log.push(`${name} tried`)
      if (purse.left < amount) return { refusal: `${name} refused`, heldAt: 'purse' }
      purse.left -= amount
      return { hold: name }
    }
    const signal = new AbortController().signal
    return line.wait({ at: 'purse', tryAgain, maxWaitMs: LONG_MS, signal, ...options })
  }
  return { purse, line, log, want }
}

describe('those who wait', () => {
  test('come up in their order, and nobody passes', async () => {
    const { purse, line, log, want } = aPurse(0)
    const all = [want('large', 5), want('small', 1), want('third', 1)]
    purse.left = 3
    line.wake(['purse'])
    expect(log).toEqual(['large tried'])
    purse.left = 6
    line.wake(['purse'])
    expect(await Promise.all(all.slice(0, 2))).toEqual(['large', 'small'])
    purse.left = 1
    line.wake(['purse'])
    expect(await all[2]).toBe('third')
    expect(line.busyAt(['purse'])).toBeUndefined()
  })

  test('are told when the money is spent, the whole line at once', async () => {
    const { line } = aPurse(0)
    const signal = new AbortController().signal
    const tryAgain = (): Tried<string, string> => ({ refusal: 'spent', heldAt: undefined })
    const all = [1, 2, 3].map(() => line.wait({ at: 'purse', tryAgain, maxWaitMs: LONG_MS, signal }))
    line.wake(['purse'])
    expect(await Promise.all(all)).toEqual(['spent', 'spent', 'spent'])
  })

  test('go to the line of what is in their way now, and keep their place in the order', async () => {
    const { line, want } = aPurse(0)
    let at = 'other'
    const first = want('first', 1, {
      at: 'other',
      tryAgain: () => (at === 'none' ? { hold: 'first' } : { refusal: 'no', heldAt: at }),
    })
    const second = want('second', 0)
    at = 'purse'
    line.wake(['other'])
    expect(line.busyAt(['other'])).toBeUndefined()
    line.wake(['purse'])
    at = 'none'
    line.wake(['purse'])
    expect(await Promise.all([first, second])).toEqual(['first', 'second'])
  })

  test('leave when they are aborted, and make room for the next', async () => {
    const { purse, line, want } = aPurse(0)
    const aborter = new AbortController()
    const large = want('large', 5, { signal: aborter.signal })
    const small = want('small', 1)
    purse.left = 1
    line.wake(['purse'])
    aborter.abort(new Error('gone'))
    await expect(large).rejects.toThrow('gone')
    expect(await small).toBe('small')
  })

  test('get the answer of their last try when their time is up', async () => {
    const { want, line } = aPurse(0)
    expect(await want('late', 1, { maxWaitMs: 1 })).toBe('late refused')
    expect(line.busyAt(['purse'])).toBeUndefined()
  })

  test('are not waited for when their signal has aborted before', async () => {
    const { want } = aPurse(1)
    await expect(want('gone', 1, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone')
  })
})

describe('where trying takes a while', () => {
  test('what was settled meanwhile is not missed', async () => {
    const { line } = aPurse(0)
    const tries: ((tried: Tried<string, string>) => void)[] = []
    const tryAgain = (): Promise<Tried<string, string>> => new Promise((resolve) => void tries.push(resolve))
    const waiting = line.wait({
      at: 'purse',
      tryAgain,
      maxWaitMs: LONG_MS,
      signal: new AbortController().signal,
    })
    line.wake(['purse'])
    line.wake(['purse'])
    expect(tries).toHaveLength(1)
    tries[0]?.({ refusal: 'no', heldAt: 'purse' })
    await nextTurn()
    tries[1]?.({ hold: 'yes' })
    expect(await waiting).toBe('yes')
  })

  test('what comes for one who has gone is given back', async () => {
    const { line, log } = aPurse(0)
    const aborter = new AbortController()
    let answer: ((tried: Tried<string, string>) => void) | undefined
    const tryAgain = (): Promise<Tried<string, string>> => new Promise((resolve) => (answer = resolve))
    const waiting = line.wait({ at: 'purse', tryAgain, maxWaitMs: LONG_MS, signal: aborter.signal })
    line.wake(['purse'])
    aborter.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    answer?.({ hold: 'money' })
    await nextTurn()
    expect(log).toEqual(['money gave back'])
  })
})
