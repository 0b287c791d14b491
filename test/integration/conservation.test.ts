/**
 * The law of conservation: what the attempts' spans tell = the calls' reports = the router's total = the requests'
 * roll-ups = the metrics = the log lines = the ledger's rows and sums, whatever happens to the calls. Calls, faults and
 * endings are drawn at random from a seed.
 */
import { request } from 'node:http'
import { SpanKind, trace, type Span } from '@opentelemetry/api'
import express from 'express'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LlmError } from '../../src/core/llm-error.ts'
import { llm } from '../../src/middleware/llm.ts'
import type { CallReport, CallSummary } from '../../src/core/report.ts'
import { DIMENSIONS, type SumName } from '../../src/core/ledger-store.ts'
import type { LedgerRow } from '../../src/core/ledger-row.ts'
import type { Llm } from '../../src/surface/llm.ts'
import { stateOf, type Router } from '../../src/surface/router.ts'
import type { FakeStep } from '../../src/testing/fake/step.ts'
import type { CapturedTelemetry } from '../../src/testing/captured-telemetry.ts'
import { aFake, aRouter, providersOf, saying, served, type LogLine } from '../support/app.ts'
import { aCapture, sumOf } from './telemetry/captured.ts'

const ANSWER = 'One two three four five six seven eight nine ten.'

const step = fc.oneof(
  // Late enough for a hedge, which may come at the same moment.
  {
    weight: 4,
    arbitrary: fc.integer({ min: 2, max: 9 }).map((delayMs): FakeStep => ({ answer: ANSWER, delayMs })),
  },
  { weight: 4, arbitrary: fc.constant<FakeStep>({ answer: ANSWER }) },
  fc.constantFrom<FakeStep>(
    { status: 503 },
    { status: 401 },
    { status: 429 },
    { fault: 'reset' },
    { fault: 'html' },
  ),
  fc
    .tuple(
      fc.constantFrom('close' as const, 'reset' as const, 'unterminated' as const),
      fc.integer({ min: 0, max: 12 }),
    )
    .map(([how, afterTokens]): FakeStep => ({ fault: 'cut', how, afterTokens, answer: ANSWER })),
  fc
    .integer({ min: 0, max: 12 })
    .map((afterTokens): FakeStep => ({ fault: 'stream-error', afterTokens, answer: ANSWER })),
  fc.constantFrom<FakeStep>(
    { fault: 'stall', answer: ANSWER, afterTokens: 2 },
    { fault: 'malformed', answer: ANSWER, afterTokens: 2, tail: true },
    { answer: ANSWER, streamUsage: 'never', usage: 'absent' },
    { answer: ANSWER, tokenDelayMs: 2 },
    { status: 503, delayMs: 8 },
  ),
)

const WAYS = ['whole', 'iterate', 'leave', 'abort', 'embed'] as const

const use = fc.record({
  way: fc.constantFrom(...WAYS),
  afterCut: fc.constantFrom('error', 'buffer'),
  hedge: fc.boolean(),
})

interface Use {
  readonly way: (typeof WAYS)[number]
  readonly afterCut: 'error' | 'buffer'
  readonly hedge: boolean
}

interface Request {
  readonly uses: readonly Use[]
  readonly steps: readonly FakeStep[]
  /** Another stream, piped to a client that leaves in the middle. */
  readonly hangsUp: boolean
}

const aRequest: fc.Arbitrary<Request> = fc.record({
  uses: fc.array(use, { minLength: 1, maxLength: 5 }),
  steps: fc.array(step, { maxLength: 12 }),
  hangsUp: fc.boolean(),
})

test('every token and every nano-dollar is counted once, everywhere', { timeout: 60_000 }, async () => {
  const captured = await aCapture()
  const { router, lines, ...requests } = await app()
  let all: readonly CallReport[] = []
  await fc.assert(
    fc.asyncProperty(aRequest, async (given) => {
      const { reports, summary, spanCost } = await requests.run(given)
      all = [...all, ...reports]
      holdsWithin(reports.slice(0, given.uses.length), summary)
      expect(spanCost ?? 0).toBeCloseTo(summary.costUsd ?? 0, 12)
      holdsWithin(all, router.summary())
      await budgetsAgree(router)
    }),
    { numRuns: 60, seed: 7, endOnFailure: true },
  )
  expect(captured.openSpans()).toEqual([])
  await spansAndMetricsAgree(captured, all)
  linesAgree(lines, all)
  await ledgerAgrees(router, all)
  expect(all.filter(({ attempts }) => attempts.some(isLost)).length).toBeGreaterThan(0)
})

/** One line for each call, with the same numbers. */
function linesAgree(lines: readonly LogLine[], all: readonly CallReport[]): void {
  const fields = lines.filter(({ message }) => message === 'llm call').map((line) => line.fields)
  const byCall = new Map(fields.map((each) => [each['callId'], each]))
  expect(fields.length).toBe(all.length)
  for (const { callId, costUsd, wastedUsd, inputTokens, outputTokens, attempts } of all) {
    const line = byCall.get(callId)
    expect(line).toMatchObject({ attempts: attempts.length })
    const told = [line?.['costUsd'], line?.['wastedUsd'] ?? 0, line?.['inputTokens'], line?.['outputTokens']]
    expect(told).toEqual([costUsd, wastedUsd ?? 0, inputTokens, outputTokens])
  }
}

/** To the nano-dollar: each attempt has its row, each call one that stands for it, and hours and days add up to the same. */
async function ledgerAgrees(router: Router, all: readonly CallReport[]): Promise<void> {
  const { ledger } = stateOf(router)
  const { store } = ledger
  await ledger.flush()
  for (const report of all) {
    const rows = await store.call(report.callId)
    expect(rows.map(({ attempt, costNanoUsd, costStatus }) => [attempt, costNanoUsd, costStatus])).toEqual(
      report.attempts.map(({ number, costUsd, costStatus }) => [
        number,
        costUsd && nano(costUsd),
        costStatus,
      ]),
    )
    const isWaste = ({ purpose }: LedgerRow): boolean => purpose !== 'answer'
    expect(sum(rows.filter(isWaste).map(({ costNanoUsd }) => costNanoUsd ?? 0))).toBe(nano(report.wastedUsd))
    const [callRow, ...others] = rows.filter(({ isCall }) => isCall)
    expect(others).toEqual([])
    expect(callRow).toMatchObject({ callOutcome: report.outcome, traceId: report.traceId })
    if (report.target !== undefined) expect(callRow?.target).toBe(report.target)
  }
  const total = router.summary()
  for (const grain of ['hour', 'day'] as const) {
    const spans = [{ grain, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }]
    for (const dimension of DIMENSIONS) {
      const groups = await store.totals({ dimension, spans, limit: 1_000 })
      const summed = (name: SumName): number => sum(groups.map(({ sums }) => sums[name]))
      expect(summed('calls')).toBe(total.calls)
      expect(summed('attempts')).toBe(total.attempts)
      expect(summed('costNanoUsd')).toBe(nano(total.costUsd))
      expect(summed('wastedNanoUsd')).toBe(nano(total.wastedUsd))
      expect(summed('inputTokens')).toBe(total.inputTokens)
      expect(summed('outputTokens')).toBe(total.outputTokens)
    }
  }
}

/** Attempts are counted on, one at most is a hedge, and one at most has answered. */
function isOneCall({ attempts, outcome, target }: CallReport): void {
  expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1))
  expect(attempts.filter(({ reason }) => reason === 'hedge').length).toBeLessThanOrEqual(1)
  const answered = attempts.filter((attempt) => attempt.outcome === 'success')
  if (outcome === 'success' || outcome === 'degraded')
    expect(answered.map((attempt) => attempt.target)).toEqual([target])
  const lost = attempts.filter((attempt) => attempt.outcome === 'hedge_lost')
  expect(lost.length).toBeLessThanOrEqual(attempts.some(({ reason }) => reason === 'hedge') ? 1 : 0)
}

/** The sum of the attempts is the call's; the sum of the calls is the total's. */
function holdsWithin(reports: readonly CallReport[], total: CallSummary): void {
  for (const report of reports) {
    isOneCall(report)
    expect(nano(report.costUsd)).toBe(sum(report.attempts.map(({ costUsd }) => nano(costUsd))))
    expect(report.inputTokens ?? 0).toBe(sum(report.attempts.map(({ usage }) => usage?.inputTokens ?? 0)))
    expect(report.outputTokens ?? 0).toBe(sum(report.attempts.map(({ usage }) => usage?.outputTokens ?? 0)))
  }
  expect(total.calls).toBe(reports.length)
  expect(total.attempts).toBe(sum(reports.map(({ attempts }) => attempts.length)))
  expect(nano(total.costUsd)).toBe(sum(reports.map(({ costUsd }) => nano(costUsd))))
  expect(nano(total.wastedUsd)).toBe(sum(reports.map(({ wastedUsd }) => nano(wastedUsd))))
  expect(total.inputTokens).toBe(sum(reports.map(({ inputTokens }) => inputTokens ?? 0)))
  expect(total.outputTokens).toBe(sum(reports.map(({ outputTokens }) => outputTokens ?? 0)))
}

function isLost({ outcome }: CallReport['attempts'][number]): boolean {
  return outcome === 'hedge_lost'
}

async function spansAndMetricsAgree(captured: CapturedTelemetry, all: readonly CallReport[]): Promise<void> {
  const spans = captured.spans().filter(({ scope }) => scope === 'express-llm')
  const attempts = spans.filter(({ kind }) => kind === 'client')
  const told = (name: string) => sum(attempts.map(({ attributes }) => Number(attributes[name] ?? 0)))
  const tokens = sum(all.map(({ inputTokens, outputTokens }) => (inputTokens ?? 0) + (outputTokens ?? 0)))
  const costUsd = sum(all.map((report) => report.costUsd ?? 0))
  expect(spans.length - attempts.length).toBe(all.length)
  expect(attempts.length).toBe(sum(all.map((report) => report.attempts.length)))
  expect(told('express_llm.cost.amount')).toBeCloseTo(costUsd, 9)
  expect(told('gen_ai.usage.input_tokens') + told('gen_ai.usage.output_tokens')).toBe(tokens)
  expect(await sumOf(captured, 'express_llm.cost.spent')).toBeCloseTo(costUsd, 9)
  expect(await wasteOf(captured)).toBeCloseTo(sum(all.map(({ wastedUsd }) => wastedUsd ?? 0)), 9)
  expect(await sumOf(captured, 'express_llm.call.attempts')).toBe(attempts.length)
  const counted =
    (await sumOf(captured, 'gen_ai.client.inference.usage.input_tokens')) +
    (await sumOf(captured, 'gen_ai.client.inference.usage.output_tokens')) +
    (await sumOf(captured, 'gen_ai.client.embeddings.operation.input_tokens'))
  expect(counted).toBe(tokens)
}

/** What the counters were charged is what the attempts have cost, and nothing is reserved any more. */
async function budgetsAgree(router: Router): Promise<void> {
  const { budgets } = await router.budgets()
  const spentOf = (name: string): number =>
    sum(budgets.filter(({ budget }) => budget === name).map(({ spentUsd }) => nano(spentUsd)))
  for (const name of ['all', 'providers', 'routes'])
    expect(spentOf(name), name).toBe(nano(router.summary().costUsd))
  expect(budgets.map(({ heldUsd }) => heldUsd)).toEqual(budgets.map(() => 0))
}

async function wasteOf(captured: CapturedTelemetry): Promise<number> {
  const points = (await captured.metrics()).filter(({ name }) => name === 'express_llm.cost.spent')
  const wasted = points.filter(({ attributes }) => attributes['express_llm.purpose'] !== 'answer')
  return sum(wasted.map(({ value }) => value))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function nano(usd: number | undefined): number {
  return Math.round((usd ?? 0) * 1e9)
}

interface Outcome {
  readonly reports: readonly CallReport[]
  /** Of the request that made the calls. */
  readonly summary: CallSummary
  /** What was rolled up on its server span. */
  readonly spanCost: number | undefined
}

async function app() {
  const [first, second] = [await aFake({ name: 'first' }), await aFake({ name: 'second' })]
  const { router, lines } = aRouter({
    tiers: { cheap: ['first/a', 'second/b'] },
    targets: {
      'first/a': { price: { inputUsdPerMTok: 0.15, outputUsdPerMTok: 0.6 } },
      'second/b': { price: { inputUsdPerMTok: 3.7, outputUsdPerMTok: 11.1 } },
    },
    providers: providersOf({ first, second }),
    retry: { backoffBaseMs: 1, backoffMaxMs: 2 },
    hedge: { enabled: false, afterMs: 3, maxShare: 1 },
    budgets: {
      all: { per: 'all', limitUsd: 1_000, window: 'month' },
      providers: { per: 'provider', limitUsd: 1_000, window: 'month' },
      routes: { per: 'route', limitUsd: 1_000, window: 'month' },
    },
    timeouts: { firstTokenMs: 100, betweenTokensMs: 100, attemptMs: 300 },
  })
  // Who gets which step does not matter here.
  let steps: FakeStep[] = []
  for (const fake of [first, second]) fake.always(() => steps.shift() ?? { answer: ANSWER })
  let done = Promise.withResolvers<Omit<Outcome, 'spanCost'>>()
  const server = express()
  let serverSpan: Span | undefined
  server.use((_req, res, next) => {
    trace.getTracer('test').startActiveSpan('request', { kind: SpanKind.SERVER }, (span) => {
      serverSpan = span
      res.once('close', () => span.end())
      next()
    })
  })
  server.use(llm(router))
  server.post('/calls', express.json(), async (req, res) => {
    const reports = await Promise.all((req.body as Use[]).map((each) => reportOf(req.llm, each)))
    done.resolve({ reports, summary: req.llm.summary() })
    res.json({})
  })
  server.get('/pipe', async (req, res) => {
    const opening = req.llm.chat.completions.create(streamed)
    const report = await opening.then((stream) => stream.pipe(res)).catch(reportOfError)
    done.resolve({ reports: [report], summary: req.llm.summary() })
    if (!res.writableEnded) res.end()
  })
  const url = await served(server)

  return {
    router,
    lines,
    async run({ uses, steps: script, hangsUp }: Request): Promise<Outcome> {
      steps = [...script]
      done = Promise.withResolvers()
      const headers = { 'content-type': 'application/json' }
      await fetch(`${url}/calls`, { method: 'POST', headers, body: JSON.stringify(uses) })
      const { reports, summary } = await done.promise
      const spanCost = attributeOf(serverSpan, 'express_llm.request.cost.total')
      if (!hangsUp) return { reports, summary, spanCost }
      done = Promise.withResolvers()
      steps = [{ answer: ANSWER, tokenDelayMs: 2 }]
      leaveEarly(`${url}/pipe`)
      const piped = await done.promise
      const rolledUp = attributeOf(serverSpan, 'express_llm.request.cost.total')
      expect(rolledUp).toBeCloseTo(piped.summary.costUsd ?? 0, 12)
      return { reports: [...reports, ...piped.reports], summary, spanCost }
    },
  }
}

const streamed = { ...saying('Count to ten.'), stream: true } as const

/** Makes one call, in whichever way, and takes whatever comes of it. */
async function reportOf(req: Llm, { way, afterCut, hedge }: Use): Promise<CallReport> {
  try {
    if (way === 'embed')
      return (await req.embeddings.create({ input: 'Count.' }, { hedge }).withReport()).report
    if (way === 'whole')
      return (await req.chat.completions.create(saying('Count.'), { hedge }).withReport()).report
    const stream = await req.chat.completions.create(streamed, { afterCut, hedge })
    let count = 0
    for await (const { choices } of stream) {
      count += choices.length
      if (way === 'leave' && count > 4) break
      if (way === 'abort' && count > 4) stream.abort()
    }
    return await stream.report
  } catch (error) {
    return reportOfError(error)
  }
}

function reportOfError(error: unknown): CallReport {
  if (error instanceof LlmError && error.report !== undefined) return error.report
  throw error
}

function attributeOf(span: Span | undefined, name: string): number | undefined {
  const attributes: unknown = span !== undefined && 'attributes' in span ? span.attributes : undefined
  const value: unknown = Reflect.get(Object(attributes), name)
  return typeof value === 'number' ? value : undefined
}

function leaveEarly(url: string): void {
  const client = request(url, (res) => {
    res.once('data', () => client.destroy())
    res.on('error', () => undefined)
  })
  client.on('error', () => undefined)
  client.end()
}
