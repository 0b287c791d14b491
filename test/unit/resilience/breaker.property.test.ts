import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FailureKind } from '../../../src/core/failure-kind.ts'
import { aFailure, aHealth, POLICY, TARGET, type AHealth } from './a-health.ts'
import { BreakerModel, type Ending } from './breaker-model.ts'

const FAILURES: Record<Ending, FailureKind | undefined> = {
  answered: undefined,
  failed: 'server',
  cancelled: 'cancelled',
  'refused-request': 'invalid-request',
}

type Step =
  | { readonly does: 'ask'; readonly isLastResort: boolean }
  | { readonly does: 'begin-answer'; readonly which: number }
  | { readonly does: 'end'; readonly which: number; readonly ending: Ending }
  /** An attempt that is over at once. */
  | { readonly does: 'try'; readonly ending: Ending }
  | { readonly does: 'wait'; readonly ms: number }

const which = fc.nat({ max: 9 })
const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Ending>('answered') },
  { weight: 3, arbitrary: fc.constant<Ending>('failed') },
  { weight: 1, arbitrary: fc.constantFrom<Ending>('cancelled', 'refused-request') },
)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('ask'), isLastResort: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('begin-answer'), which }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('end'), which, ending }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('try'), ending }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('wait'), ms: fc.nat({ max: POLICY.openMs }) }) },
)

/** A target in hard times and in better ones, so that all states are seen. */
const story: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof(
      fc.array(anyStep, { maxLength: 15 }),
      fc.constant<Step[]>(Array.from({ length: 3 }, () => ({ does: 'try', ending: 'failed' }))),
      fc.constant<Step[]>([{ does: 'wait', ms: POLICY.openMs }]),
      fc
        .nat({ max: 7 })
        .map((length) => Array.from({ length }, (): Step => ({ does: 'try', ending: 'answered' }))),
    ),
    { maxLength: 12 },
  )
  .map((chapters) => chapters.flat())

interface World {
  readonly real: AHealth
  readonly model: BreakerModel
}

function ask({ real, model }: World, isLastResort: boolean): void {
  const answer = real.health.admit(TARGET, isLastResort)
  const refusal = isLastResort ? undefined : model.refusal(real.nowMs())
  expect('why' in answer ? answer.availableInMs : undefined).toBe(refusal)
  if (!('why' in answer)) model.begin(answer, real.nowMs())
}

function end({ real, model }: World, index: number, how: Ending): void {
  const attempt = model.underWay[index]
  if (attempt === undefined) return
  const kind = FAILURES[how]
  attempt.permit.end(kind && aFailure(kind))
  model.end(attempt, how, real.nowMs())
}

function take(step: Step, world: World): void {
  const { real, model } = world
  switch (step.does) {
    case 'ask':
      return ask(world, step.isLastResort)
    case 'begin-answer': {
      const attempt = model.underWay[step.which]
      attempt?.permit.begun()
      if (attempt !== undefined) model.begun(attempt, real.nowMs())
      return undefined
    }
    case 'end':
      return end(world, step.which, step.ending)
    case 'try': {
      const before = model.underWay.length
      ask(world, false)
      return end(world, before, step.ending)
    }
    case 'wait':
      return real.pass(step.ms)
  }
}

/** What must hold at any time. */
function compare({ real, model }: World): void {
  const nowMs = real.nowMs()
  const refusal = model.refusal(nowMs)
  expect(real.health.unavailable(TARGET)?.availableInMs).toBe(refusal)
  expect(real.changes.map(({ to }) => to)).toEqual(model.history)
  expect(model.unjudged).toBeLessThanOrEqual(model.state === 'half-open' ? model.probes : model.allowance)
  const report = real.reportOf()
  if (report === undefined) return
  expect(report.state).toBe(model.state)
  expect(report.inFlight).toBe(model.underWay.length)
  expect(report.failureRate).toBe(model.failureRate(nowMs))
  expect(report.availableInMs).toBe(refusal)
}

function after(steps: readonly Step[]): World {
  const world = { real: aHealth(), model: new BreakerModel() }
  for (const step of steps) take(step, world)
  return world
}

test('the breaker does at every step what the plain model says', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(story, (steps) => {
      const world = { real: aHealth(), model: new BreakerModel() }
      for (const step of steps) {
        take(step, world)
        compare(world)
        seen.add(world.model.state)
      }
      for (const { from, to } of world.real.changes) seen.add(`${from} → ${to}`)
    }),
    { numRuns: 300 },
  )
  expect([...seen].sort()).toEqual([
    'closed',
    'closed → open',
    'half-open',
    'half-open → open',
    'half-open → recovering',
    'open',
    'open → half-open',
    'open → recovering',
    'recovering',
    'recovering → closed',
    'recovering → open',
  ])
})

test('whatever has happened, a target that answers is asked as usual again after a probe and five answers', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const { real, model } = after(steps)
      for (const { permit } of model.underWay) permit.end(aFailure('cancelled'))
      real.pass(real.health.unavailable(TARGET)?.availableInMs ?? 0)
      for (let count = 0; count < 6; count++) real.ask().end(undefined)
      expect(real.reportOf()?.state).toBe('closed')
    }),
  )
})

test('whatever has happened, a target is available again when it says so, and not before', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const { real, model } = after(steps)
      const availableInMs = real.health.unavailable(TARGET)?.availableInMs
      if (availableInMs === undefined) return
      if (availableInMs === 0) {
        for (const { permit } of model.underWay) permit.end(aFailure('cancelled'))
      } else {
        real.pass(availableInMs - 1)
        expect(real.isAvailable()).toBe(false)
        real.pass(1)
      }
      expect(real.isAvailable()).toBe(true)
    }),
  )
})

test('attempts that are cancelled change nothing but that a probe was tried', () => {
  fc.assert(
    fc.property(story, fc.nat({ max: 3 }), (steps, count) => {
      const { real } = after(steps)
      const before = real.health.unavailable(TARGET)
      const failureRate = real.reportOf()?.failureRate
      const changes = real.changes.length
      for (let index = 0; index < count; index++) real.askAsLastResort().end(aFailure('cancelled'))
      expect(real.health.unavailable(TARGET)).toEqual(before)
      expect(real.reportOf()?.failureRate).toBe(failureRate)
      expect(real.changes.slice(changes).every(({ to }) => to === 'half-open')).toBe(true)
    }),
  )
})

test('a single target that is asked as a last resort is never refused', () => {
  fc.assert(
    fc.property(story, (steps) => {
      expect(after(steps).real.health.admit(TARGET, true)).not.toHaveProperty('why')
    }),
  )
})
