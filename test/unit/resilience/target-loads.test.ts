import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptFailure } from '../../../src/core/attempt-failure.ts'
import type { FailureKind } from '../../../src/core/failure-kind.ts'
import { createTargetLoads, type Intent, type Wait, type Work } from '../../../src/resilience/target-loads.ts'
import { aTarget } from '../../support/targets.ts'

const target = aTarget('a/one')

function aBook() {
  let nowMs = 1_000
  const loads = createTargetLoads({ now: () => nowMs, monotonic: () => nowMs })
  const push = (ms: number): void => void (nowMs += ms)
  /** An attempt that is answered after so long. */
  function answered(ms: number, work: Work = 'whole'): void {
    const wait = loads.begin(target, work)
    push(ms)
    wait.end(undefined)
  }
  const loadOf = (work: Work = 'whole') => loads.loadOf(target, work)
  return { loads, push, answered, loadOf }
}

const failed = (kind: FailureKind): AttemptFailure => ({ kind, wasSent: true, message: 'it failed' })

test('nothing is known of a target that nobody has asked', () => {
  expect(aBook().loadOf()).toEqual({
    loadMs: undefined,
    waitingCount: 0,
    isBeingTried: false,
    idleMs: undefined,
  })
})

test('the load is what an answer takes, times those who would wait for one', () => {
  const { loads, answered, loadOf } = aBook()
  answered(100)
  expect(loadOf()).toMatchObject({ loadMs: 100, waitingCount: 0, isBeingTried: false, idleMs: 100 })
  const waits = [1, 2, 3].map(() => loads.begin(target, 'whole'))
  expect(loadOf()).toMatchObject({ loadMs: 400, waitingCount: 3, isBeingTried: true, idleMs: 0 })
  for (const wait of waits) wait.end(failed('cancelled'))
  expect(loadOf()).toMatchObject({ loadMs: 100, waitingCount: 0 })
})

test('the begin of streams, whole answers and embeddings are known apart, and busy is busy', () => {
  const { loads, answered, loadOf } = aBook()
  answered(20, 'begin')
  answered(900, 'whole')
  expect(loadOf('begin').loadMs).toBe(20)
  expect(loadOf('whole').loadMs).toBe(900)
  expect(loadOf('embeddings').loadMs).toBeUndefined()
  loads.begin(target, 'begin')
  expect(loadOf('whole')).toMatchObject({ loadMs: 1_800, isBeingTried: false })
  expect(loadOf('embeddings')).toMatchObject({ loadMs: undefined, waitingCount: 1, isBeingTried: false })
})

test('a stream is waited for until its first content, however long it lasts', () => {
  const { loads, push, loadOf } = aBook()
  const wait = loads.begin(target, 'begin')
  push(30)
  wait.answered()
  expect(loadOf('begin')).toMatchObject({ loadMs: 30, waitingCount: 0 })
  push(20_000)
  wait.end(undefined)
  expect(loadOf('begin')).toMatchObject({ loadMs: 30, waitingCount: 0 })
})

test('a stream that breaks after its begin is a failure, but no slow one', () => {
  const { loads, push, loadOf } = aBook()
  const wait = loads.begin(target, 'begin')
  push(30)
  wait.answered()
  push(60_000)
  wait.end(failed('stream-interrupted'))
  expect(loadOf('begin').loadMs).toBe(60)
})

describe('while nobody gets an answer', () => {
  test('the longest wait is what is to be expected', () => {
    const { loads, push, answered, loadOf } = aBook()
    answered(100)
    loads.begin(target, 'whole')
    push(50)
    expect(loadOf().loadMs).toBe(200)
    push(4_950)
    expect(loadOf().loadMs).toBe(10_000)
  })

  test('a single long one says nothing more once the target has answered somebody who came later', () => {
    const { loads, push, answered, loadOf } = aBook()
    answered(100)
    const long = loads.begin(target, 'whole')
    push(5_000)
    answered(100)
    // It still keeps the target busy.
    expect(loadOf()).toMatchObject({ loadMs: 200, waitingCount: 1, isBeingTried: false })
    long.end(undefined)
    expect(loadOf().loadMs).toBe(5_100)
  })

  test('an answer to somebody who came earlier does not excuse it', () => {
    const { loads, push, answered, loadOf } = aBook()
    answered(100)
    const early = loads.begin(target, 'whole')
    push(10)
    loads.begin(target, 'whole')
    push(90)
    early.end(undefined)
    push(1_000)
    expect(loadOf().loadMs).toBe(1_090 * 2)
  })
})

describe('how an attempt ends', () => {
  test.each([
    'server',
    'overloaded',
    'rate-limited',
    'connection',
    'timeout',
    'protocol',
    'auth',
    'quota',
  ] as const)('as %s does not make the target look fast', (kind) => {
    const { loads, push, answered, loadOf } = aBook()
    answered(100)
    const wait = loads.begin(target, 'whole')
    push(1)
    wait.end(failed(kind))
    expect(loadOf().loadMs).toBe(200)
  })

  test.each(['invalid-request', 'content-filter', 'context-window', 'cancelled', 'abandoned'] as const)(
    'as %s says nothing of its speed, unless it took long',
    (kind) => {
      const { loads, push, answered, loadOf } = aBook()
      answered(100)
      const quick = loads.begin(target, 'whole')
      push(1)
      quick.end(failed(kind))
      expect(loadOf().loadMs).toBeCloseTo(100, 6)
      const slow = loads.begin(target, 'whole')
      push(3_000)
      slow.end(failed(kind))
      expect(loadOf().loadMs).toBe(3_000)
    },
  )

  test('with an answer that our own check refused is an answer', () => {
    const { loads, push, loadOf } = aBook()
    const wait = loads.begin(target, 'whole')
    push(70)
    wait.answered()
    push(500)
    wait.end(failed('rejected'))
    expect(loadOf().loadMs).toBe(70)
  })
})

describe('a call on its way', () => {
  test('counts where it goes, moves with it, and is gone when it is sent or given up', () => {
    const { loads, answered, loadOf } = aBook()
    const other = aTarget('b/other')
    answered(100)
    const intent = loads.intend(target)
    expect(loadOf()).toMatchObject({ loadMs: 200, waitingCount: 1, isBeingTried: true })
    intent.at(target)
    expect(loadOf().waitingCount).toBe(1)
    intent.at(other)
    expect(loadOf()).toMatchObject({ waitingCount: 0, isBeingTried: false })
    expect(loads.loadOf(other, 'whole')).toMatchObject({ waitingCount: 1, isBeingTried: true })
    intent.end()
    intent.end()
    intent.at(target)
    for (const each of [target, other]) expect(loads.loadOf(each, 'whole').waitingCount).toBe(0)
  })
})

type Step = { readonly kind: 'begin' | 'intend' | 'answered' | 'end' | 'fail' | 'move'; readonly at: number }

test('after whatever happened to attempts, nobody is waited for who has ended', () => {
  const step = fc.record({
    kind: fc.constantFrom<Step['kind']>('begin', 'intend', 'answered', 'end', 'fail', 'move'),
    at: fc.nat(20),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { loads, push, loadOf } = aBook()
      const waits: Wait[] = []
      const intents: Intent[] = []
      const open = new Set<Wait | Intent>()
      for (const { kind, at } of steps) {
        push(at)
        const wait = waits[at % Math.max(1, waits.length)]
        const intent = intents[at % Math.max(1, intents.length)]
        if (kind === 'begin') {
          const begun = loads.begin(target, 'whole')
          waits.push(begun)
          open.add(begun)
        } else if (kind === 'intend') {
          const intended = loads.intend(target)
          intents.push(intended)
          open.add(intended)
        } else if (kind === 'move') {
          intent?.at(target)
          if (at % 2 === 0) {
            intent?.end()
            if (intent) open.delete(intent)
          }
        } else {
          if (kind === 'answered') wait?.answered()
          else wait?.end(kind === 'fail' ? failed('server') : undefined)
          if (wait) open.delete(wait)
        }
        expect(loadOf().waitingCount).toBe(open.size)
      }
    }),
  )
})
