import { expect, test } from 'vitest'
import type { FakeStepLike } from '../../../src/testing/fake/step.ts'
import { aFake, aRouter, providersOf, saying } from '../../support/app.ts'
import { aCapture, onlyTree } from './captured.ts'

async function hedged(firstDoes: FakeStepLike, secondDoes: FakeStepLike) {
  const captured = await aCapture()
  const first = await aFake({ name: 'first', script: [firstDoes] })
  const second = await aFake({ name: 'second', script: [secondDoes] })
  const price = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }
  const { router } = aRouter({
    tiers: { cheap: ['first/a', 'second/b'] },
    targets: { 'first/a': { price }, 'second/b': { price } },
    providers: providersOf({ first, second }),
    hedge: { afterMs: 10, maxShare: 1 },
  })
  const { report } = await router.chat.completions.create(saying('hi')).withReport()
  const [one, two] = captured.spans().filter(({ kind }) => kind === 'client')
  if (one === undefined || two === undefined) throw new Error('two attempts expected')
  return { captured, report, one, two, metrics: await captured.metrics() }
}

test('both attempts are siblings, overlap and are linked; the one that lost is no error', async () => {
  const { captured, report, one, two } = await hedged({ fault: 'silence' }, { delayMs: 5 })
  expect(one).toMatchObject({
    name: 'chat a',
    status: 'unset',
    attributes: {
      'express_llm.attempt.number': 1,
      'express_llm.attempt.reason': 'initial',
      'express_llm.attempt.outcome': 'hedge_lost',
      'express_llm.cost.amount': report.attempts[0]?.costUsd,
      'express_llm.cost.status': 'estimated',
    },
    links: [two.spanId],
  })
  expect(one.attributes).not.toHaveProperty(['error.type'])
  expect(one.attributes).not.toHaveProperty(['express_llm.abort.cause'])
  expect(two).toMatchObject({
    name: 'chat b',
    status: 'unset',
    attributes: {
      'express_llm.attempt.number': 2,
      'express_llm.attempt.reason': 'hedge',
      'express_llm.attempt.outcome': 'success',
    },
    links: [one.spanId],
  })
  expect(one.parentSpanId).toBe(two.parentSpanId)
  expect(one.startedAtMs + one.durationMs).toBeGreaterThan(two.startedAtMs)
  const call = onlyTree(captured)
  expect(call).toMatchObject({
    status: 'unset',
    attributes: {
      'express_llm.outcome': 'degraded',
      'express_llm.attempt.count': 2,
      'express_llm.hedge.count': 1,
      'express_llm.fallback.used': false,
      'express_llm.fallback.depth': 0,
      'express_llm.final.model': 'b',
      'express_llm.cost.wasted': report.wastedUsd,
    },
  })
  expect(call.events).toEqual([])
  expect(captured.openSpans()).toEqual([])
})

test('the money of the one that lost has a purpose of its own, and attempts are counted by reason and outcome', async () => {
  const { report, metrics, one, two } = await hedged({ delayMs: 200 }, { fault: 'silence' })
  expect([one.links, two.links]).toEqual([[], [one.spanId]])
  const spent = metrics.filter(({ name }) => name === 'express_llm.cost.spent')
  const byPurpose = Object.fromEntries(
    spent.map(({ attributes, value }) => [attributes['express_llm.purpose'], value]),
  )
  expect(byPurpose).toEqual({ answer: report.attempts[0]?.costUsd, hedge: report.wastedUsd })
  const counted = metrics.filter(({ name }) => name === 'express_llm.attempt.count')
  expect(
    counted.map(({ attributes }) => [
      attributes['express_llm.attempt.reason'],
      attributes['express_llm.attempt.outcome'],
      attributes['error.type'],
    ]),
  ).toEqual(
    expect.arrayContaining([
      ['initial', 'success', undefined],
      ['hedge', 'hedge_lost', undefined],
    ]),
  )
  expect(metrics.filter(({ name }) => name === 'express_llm.fallback.count')).toEqual([])
})
