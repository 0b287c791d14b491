/** What the ledger tells of calls that really were made: the same as their reports and the router's own total. */
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { CallReport } from '../../../src/core/report.ts'
import { toNanoUsd } from '../../../src/core/money.ts'
import type { FakeStep } from '../../../src/testing/fake/step.ts'
import { createFakeProvider } from '../../../src/testing/fake/provider.ts'
import { createRouter } from '../../../src/surface/router.ts'
import { providersOf, reportOf, saying } from '../../support/app.ts'

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant<FakeStep>({ answer: 'One two three four five six.' }) },
  fc.constantFrom<FakeStep>({ status: 503 }, { status: 400 }, { fault: 'html' }, { usage: 'absent' }),
)
const call = fc.record({
  user: fc.constantFrom('ada', 'bob', '=1+1', '<b>'),
  model: fc.constantFrom('cheap', 'best', 'one/small', 'no-such-model'),
  words: fc.integer({ min: 1, max: 40 }),
})

test('costs, calls and single calls are what reports and summary() say', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.array(call, { minLength: 1, maxLength: 8 }),
      async (script, calls) => {
        const fake = await createFakeProvider({ script })
        onTestFinished(() => fake.close())
        const router = createRouter({
          tiers: { cheap: ['one/small', 'one/large'], best: ['one/large', 'one/unpriced'] },
          defaultTier: 'cheap',
          providers: providersOf({ one: fake }),
          targets: {
            'one/small': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } },
            'one/large': { price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } },
          },
          retry: { retriesPerTarget: 0 },
          health: { enabled: false },
          logger: silent,
          env: {},
        })
        onTestFinished(() => router.close())
        const reports = await Promise.all(
          calls.map(({ user, model, words }) =>
            reportOf(
              router.chat.completions
                .create({ model, ...saying('word '.repeat(words)) }, { user })
                .withReport(),
            ),
          ),
        )
        const { total, groups = [] } = await router.costs({ by: 'user' })
        const summary = router.summary()
        expect(total).toMatchObject({
          calls: summary.calls,
          attempts: summary.attempts,
          inputTokens: summary.inputTokens,
          outputTokens: summary.outputTokens,
          costStatus: summary.costStatus,
        })
        expect(nano(total.costUsd)).toBe(nano(summary.costUsd))
        expect(total.costUsd === undefined).toBe(summary.costUsd === undefined)
        expect(nano(total.wastedUsd)).toBe(nano(summary.wastedUsd))
        for (const user of new Set(calls.map((each) => each.user))) {
          const own = reports.filter((report) => report.user === user)
          const group = groups.find(({ key }) => key === user)
          expect(group).toMatchObject({
            calls: own.length,
            attempts: sum(own.map(({ attempts }) => attempts.length)),
          })
          expect(nano(group?.costUsd)).toBe(sum(own.map(({ costUsd }) => nano(costUsd))))
        }
        for (const report of reports) expect(await router.call(report.callId)).toMatchObject(seenIn(report))
        const listed = await router.calls()
        expect(listed.calls.map(({ callId }) => callId).toSorted()).toEqual(
          reports.map(({ callId }) => callId).toSorted(),
        )
        await Promise.all([router.close(), fake.close()])
      },
    ),
    { numRuns: 25 },
  )
})

/** What of a report the ledger tells of its call. */
function seenIn(report: CallReport): object {
  const { callId, outcome, user, tier, target, costStatus, costUsd, inputTokens, outputTokens } = report
  const told = { callId, outcome, user, tier, target, costStatus, costUsd, inputTokens, outputTokens }
  return {
    ...Object.fromEntries(
      Object.entries(told).filter(([name, value]) => value !== undefined && name !== 'target'),
    ),
    // Who answered, else who was asked last.
    ...(target === undefined ? {} : { target }),
    attemptList: report.attempts.map(({ number, outcome, target, costUsd }) => ({
      number,
      outcome,
      target,
      ...(costUsd === undefined ? {} : { costUsd }),
    })),
  }
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
const nano = (usd = 0): number => toNanoUsd(usd)
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
