/**
 * Every fault × every way to ask, over real sockets, seen by four witnesses: what the caller got, what the provider saw,
 * the span tree, the bill.
 */
import { describe, expect, test } from 'vitest'
import { errorTypeOf, FAILURE_RULES } from '../../../src/core/failure-kind.ts'
import { LlmError } from '../../../src/core/llm-error.ts'
import type { AttemptReport, CallReport } from '../../../src/core/report.ts'
import type { FakeProvider } from '../../../src/testing/fake/provider.ts'
import type { SpanTree } from '../../../src/testing/trace-tree.ts'
import type { Router } from '../../../src/surface/router.ts'
import { aFake, aRouter, providersOf, saying } from '../../support/app.ts'
import { aCapture, onlyTree } from '../telemetry/captured.ts'
import { ANSWER, FAULTS, LIMITS, type Fault } from './faults.ts'

type Way = 'whole' | 'error' | 'buffer'

const SECOND = 'The second one answers.'

async function faulty({ step }: Fault) {
  const captured = await aCapture()
  const first = await aFake({ name: 'first' })
  const second = await aFake({ name: 'second', answer: SECOND })
  first.always(step)
  const { router } = aRouter({
    tiers: { cheap: ['first/a', 'second/b'] },
    targets: {
      'first/a': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } },
      'second/b': { price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } },
    },
    providers: providersOf({ first, second }),
    retry: { backoffBaseMs: 1, backoffMaxMs: 2 },
  })
  return { captured, first, second, router }
}

interface Got {
  readonly text: string
  readonly error: LlmError | undefined
  readonly report: CallReport
  readonly finishReasons: readonly (string | null)[]
}

/** Asks and takes whatever comes, to its end. */
async function ask(router: Router, way: Way): Promise<Got> {
  const texts: string[] = []
  const finishReasons: (string | null)[] = []
  try {
    if (way === 'whole') {
      const call = router.chat.completions.create(saying('Count to ten.'), LIMITS)
      const { data, report } = await call.withReport()
      return { text: data.choices[0]?.message.content ?? '', error: undefined, report, finishReasons }
    }
    const params = { ...saying('Count to ten.'), stream: true } as const
    const stream = await router.chat.completions.create(params, { ...LIMITS, afterCut: way })
    for await (const { choices } of stream) {
      texts.push(choices[0]?.delta.content ?? '')
      finishReasons.push(choices[0]?.finish_reason ?? null)
    }
    return { text: texts.join(''), error: undefined, report: await stream.report, finishReasons }
  } catch (error) {
    if (!(error instanceof LlmError) || error.report === undefined) throw error
    return { text: texts.join(''), error, report: error.report, finishReasons }
  }
}

/** What must come of it. */
function expected(fault: Fault, way: Way) {
  const kind = way === 'whole' ? fault.whole : fault.streamed
  if (kind === undefined) return { kind, isBroken: false, onFirst: 1, onSecond: 0 }
  if (way === 'error' && fault.isLate) return { kind, isBroken: true, onFirst: 1, onSecond: 0 }
  const onFirst = FAILURE_RULES[kind].then === 'retry-once' ? 2 : (fault.asked ?? 1)
  return { kind, isBroken: false, onFirst, onSecond: 1 }
}

describe.each<Way>(['whole', 'error', 'buffer'])('asked %s', (way) => {
  test.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s', async (_name, fault) => {
    const { captured, first, second, router } = await faulty(fault)
    const startedAtMs = Date.now()
    const got = await ask(router, way)

    const { kind, isBroken, onFirst, onSecond } = expected(fault, way)
    callerGot(got, { isBroken, answer: onSecond === 1 ? SECOND : ANSWER })
    await providersSaw({ first, second, startedAtMs }, { onFirst, onSecond, isSilent: kind === 'timeout' })
    expect(got.report.attempts.slice(0, onFirst).map((attempt) => attempt.kind)).toEqual(
      Array.from({ length: onFirst }, () => kind),
    )
    // By the router's own clock: when a provider's process gets to see a request says little about when it was sent.
    for (const { latencyMs } of kind === 'timeout' ? got.report.attempts.slice(0, onFirst) : [])
      expect(latencyMs).toBeGreaterThanOrEqual(LIMITS.firstTokenTimeoutMs - 5)
    spansTell(onlyTree(captured), got.report)
    expect(captured.openSpans()).toEqual([])
    billAddsUp(got.report, router)
  })
})

function callerGot(
  { text, error, report, finishReasons }: Got,
  { isBroken, answer }: { isBroken: boolean; answer: string },
): void {
  if (!isBroken) {
    expect(error).toBeUndefined()
    expect(text).toBe(answer)
    expect(['success', 'degraded']).toContain(report.outcome)
    return
  }
  expect(error).toMatchObject({ code: 'stream_interrupted' })
  expect(answer.startsWith(text)).toBe(true)
  expect(text.length).toBeGreaterThan(0)
  // What broke off never looks like an answer that has come to its end.
  expect(finishReasons.filter((reason) => reason !== null)).toEqual([])
  expect(report.outcome).toBe('exhausted')
}

async function providersSaw(
  { first, second, startedAtMs }: { first: FakeProvider; second: FakeProvider; startedAtMs: number },
  { onFirst, onSecond, isSilent }: { onFirst: number; onSecond: number; isSilent: boolean },
): Promise<void> {
  expect([first.requests.length, second.requests.length]).toEqual([onFirst, onSecond])
  // Nobody waits where nobody asked for it: a silent provider's time, and a millisecond of backoff, is all there is.
  const asked = [...first.requests, ...second.requests].map(({ receivedAtMs }) => receivedAtMs)
  for (const [index, atMs] of asked.slice(1).entries()) {
    const gapMs = atMs - (asked[index] ?? 0)
    expect(gapMs).toBeLessThan(LIMITS.attemptTimeoutMs + 500)
    expect(gapMs).toBeGreaterThanOrEqual(0)
  }
  if (!isSilent) return
  // A silent provider is left when its time is up, not before, and sees its client go.
  await first.waitForClose()
  const leftAfterMs = (first.requests[0]?.closedAtMs ?? 0) - startedAtMs
  expect(leftAfterMs).toBeGreaterThanOrEqual(LIMITS.firstTokenTimeoutMs - 5)
  expect(leftAfterMs).toBeLessThan(LIMITS.attemptTimeoutMs + 1_000)
}

function spansTell(call: SpanTree, report: CallReport): void {
  expect(call.status).toBe(report.errorType === undefined ? 'unset' : 'error')
  expect(call.attributes['error.type']).toBe(report.errorType)
  expect(call.attributes['express_llm.outcome']).toBe(report.outcome)
  expect(call.attributes['express_llm.cost.total']).toBe(report.costUsd)
  const attempts = call.children.map(({ status, attributes }) => ({
    status,
    error: attributes['error.type'],
    cost: attributes['express_llm.cost.amount'],
    input: attributes['gen_ai.usage.input_tokens'],
    output: attributes['gen_ai.usage.output_tokens'],
  }))
  expect(attempts).toEqual(
    report.attempts.map(({ kind, status, costUsd, usage }) => ({
      status: kind === undefined ? 'unset' : 'error',
      error: kind && errorTypeOf({ kind, ...(status === undefined ? {} : { status }) }),
      cost: costUsd,
      input: usage?.inputTokens,
      output: usage?.outputTokens,
    })),
  )
}

const NANO = 1e9

function billAddsUp(report: CallReport, router: Router): void {
  const nano = (usd: number | undefined): number => Math.round((usd ?? 0) * NANO)
  const sum = report.attempts.reduce((total, { costUsd }) => total + nano(costUsd), 0)
  expect(nano(report.costUsd)).toBe(sum)
  expect(nano(router.summary().costUsd)).toBe(sum)
  for (const attempt of report.attempts) costFits(attempt)
  const answered = report.attempts.find(({ outcome }) => outcome === 'success')
  expect(nano(report.wastedUsd)).toBe(sum - nano(answered?.costUsd))
}

const RATES: Readonly<Record<string, readonly [number, number]>> = { 'first/a': [1, 2], 'second/b': [10, 20] }

/** What was used is paid at the target's own price; what was refused or never sent is free. */
function costFits({ target, usage, costUsd, costStatus, outcome, timeToFirstChunkMs }: AttemptReport): void {
  const [input, output] = RATES[target] ?? [0, 0]
  const usd = ((usage?.inputTokens ?? 0) * input + (usage?.outputTokens ?? 0) * output) / 1e6
  expect(costUsd).toBeCloseTo(usd, 12)
  if (usage === undefined) expect(costStatus).toBe('free')
  else expect(costStatus).toBe(usage.isEstimated === true ? 'estimated' : 'exact')
  if (outcome !== 'success' && timeToFirstChunkMs !== undefined && usage !== undefined) {
    expect(usage.isEstimated).toBe(true)
  }
}
