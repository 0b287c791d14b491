import { expect, test } from 'vitest'
import { targetOf } from '../../../../bench/chaos/cast.ts'
import type { Answer, StoryFacts } from '../../../../bench/chaos/facts.ts'
import { checkStory } from '../../../../bench/chaos/promises.ts'
import { fullestSpan } from '../../../../bench/chaos/pledges-limits.ts'
import { rowOf } from '../../../../bench/chaos/tally.ts'
import { addCall, costUsd, wellPlayed } from './played.ts'

type Played = ReturnType<typeof wellPlayed>

const broken = (facts: StoryFacts): string[] =>
  checkStory(facts).flatMap(({ isKept, name }) => (isKept ? [] : [name]))

function changed(change: (facts: Played) => void): Played {
  const facts = wellPlayed()
  change(facts)
  return facts
}

function from(facts: Played, phase: string): number {
  return facts.phases.find(({ name }) => name === phase)?.fromMs ?? NaN
}

/** The first answer of a phase, otherwise. */
function answer(facts: Played, phase: string, change: Partial<Answer>): void {
  const index = facts.answers.findIndex((each) => each.phase === phase)
  const [found] = facts.answers.slice(index)
  if (found !== undefined) facts.answers[index] = { ...found, ...change }
}

/** What the users of a phase have waited for. */
function waited(facts: Played, phase: string, waitMs: number): void {
  for (const [index, each] of facts.answers.entries())
    if (each.phase === phase) facts.answers[index] = { ...each, waitMs }
}

function repeat(count: number, act: (index: number) => void): void {
  for (let index = 0; index < count; index += 1) act(index)
}

test('a story in which all went well keeps every promise', () => {
  expect(broken(wellPlayed())).toEqual([])
  expect(checkStory(wellPlayed()).length).toBeGreaterThan(30)
})

test('what was not played is not promised', () => {
  const phases = wellPlayed().phases.filter(({ name }) => name === 'calm')
  const names = checkStory({ ...wellPlayed(), phases }).map(({ name }) => name)
  expect(names.some((name) => name.startsWith('outage'))).toBe(false)
  expect(names).toContain('users who were refused, but for those of low priority in a flood')
})

test.each<[string, (facts: Played) => void]>([
  ['answers that broke', (facts) => answer(facts, 'flap', { ending: 'broken', detail: 'ECONNRESET' })],
  ['users who were refused', (facts) => answer(facts, 'limit', { ending: 'refused', status: 429 })],
  ['clean errors', (facts) => answer(facts, 'outage', { ending: 'failed', status: 502 })],
  ['clean errors', (facts) => answer(facts, 'refused', { ending: 'failed', status: 502, isStreamed: true })],
  ['not the first choice', (facts) => answer(facts, 'after', { target: targetOf('beta') })],
  ['after: p99', (facts) => waited(facts, 'after', 601)],
  ['outage: p99', (facts) => waited(facts, 'outage', 801)],
  ['flap: p99', (facts) => waited(facts, 'flap', 801)],
  ['limit: p99', (facts) => waited(facts, 'limit', 2_801)],
  ['tail: p99', (facts) => waited(facts, 'tail', 801)],
  ['lost: p99', (facts) => waited(facts, 'lost', 3_801)],
  [
    'users who were refused',
    (facts) => answer(facts, 'flood', { ending: 'refused', status: 503, retryAfterMs: 1_000 }),
  ],
])('what a user gets breaks its promise: %s', (name, change) => {
  expect(broken(changed(change))).toEqual([expect.stringContaining(name)])
})

test('a stream that its dying provider cut may end with an error', () => {
  const cut = { ending: 'failed', status: 200, isStreamed: true } as const
  expect(broken(changed((facts) => answer(facts, 'refused', cut)))).toEqual([])
})

test('what the machine stood still is not held against anybody', () => {
  const facts = changed((played) => waited(played, 'flap', 900))
  const phases = facts.phases.map((phase) => ({ ...phase, stallMs: 100 }))
  expect(broken({ ...facts, phases })).toEqual([])
})

test('a machine that stood still for long tells nothing of waits', () => {
  const facts = changed((played) => waited(played, 'silence', 60_000))
  expect(broken(facts)).toHaveLength(2)
  expect(broken({ ...facts, phases: facts.phases.map((phase) => ({ ...phase, stallMs: 2_001 })) })).toEqual(
    [],
  )
})

test.each<[string, (facts: Played) => void]>([
  [
    'reported is what was billed',
    ({ requests }) => requests.splice(0, 1, { ...requests[0]!, usage: { inputTokens: 5, outputTokens: 9 } }),
  ],
  ['no report tells', ({ requests }) => requests.push({ ...requests[0]!, usage: undefined })],
  [
    'that of their attempts',
    ({ calls }) =>
      calls.splice(0, 1, { ...calls[0]!, report: { ...calls[0]!.report, costUsd: costUsd('alpha') + 1e-9 } }),
  ],
  [
    'cheap calls at the expensive target',
    (facts) => addCall(facts, { phase: 'cut', tier: 'cheap', provider: 'gamma', atMs: from(facts, 'cut') }),
  ],
])('money that does not fit breaks its promise: %s', (name, change) => {
  expect(broken(changed(change))).toEqual([expect.stringContaining(name)])
})

test('where two cheap targets are ill the third may be asked', () => {
  const skipped = [{ target: targetOf('alpha'), why: 'breaker-open', detail: '' }] as const
  const failed = { provider: 'beta', status: 500 } as const
  const facts = changed((played) =>
    addCall(played, {
      phase: 'silence',
      tier: 'cheap',
      provider: 'gamma',
      atMs: from(played, 'silence') + 20_000,
      skipped,
      failed,
    }),
  )
  expect(broken(facts)).toEqual([])
})

test.each<[string, (facts: Played) => void]>([
  [
    'outage: once it is noticed',
    (facts) => repeat(6, (index) => probe(facts, 'outage', from(facts, 'outage') + 14_000 + index * 100)),
  ],
  [
    'refused: processes where alpha did not serve again',
    (facts) => {
      const endMs = from(facts, 'refused') + 32_000
      for (const [index, each] of facts.answers.entries())
        if (each.phase === 'refused' && each.process === 'app-2' && each.sentAtMs > endMs)
          facts.answers[index] = { ...each, target: targetOf('beta') }
    },
  ],
  [
    'flap: failed attempts',
    (facts) => repeat(200, (index) => probe(facts, 'flap', from(facts, 'flap') + index)),
  ],
  ['"Retry-After past"', (facts) => forget(facts, 'epsilon', [20_000, 30_000])],
  [
    'come back in ten hours',
    (facts) =>
      repeat(6, () =>
        addCall(facts, {
          phase: 'after',
          tier: 'odd',
          provider: 'beta',
          failed: { provider: 'epsilon', status: 429 },
          atMs: from(facts, 'after'),
        }),
      ),
  ],
])(
  'a target that is asked when it should not be, or not when it should, breaks its promise: %s',
  (name, change) => {
    expect(broken(changed(change)).filter((each) => !each.startsWith('calm, after'))).toEqual([
      expect.stringContaining(name),
    ])
  },
)

function probe(facts: Played, phase: string, atMs: number): void {
  const failed = { provider: 'alpha', status: 500 } as const
  addCall(facts, { phase, tier: 'cheap', provider: 'beta', failed, atMs })
}

/** Takes the attempts at epsilon out of a span of its phase. */
function forget(facts: Played, provider: 'epsilon', [fromMs, toMs]: readonly [number, number]): void {
  const startMs = from(facts, 'odd')
  const isMeant = (atMs: number): boolean => atMs >= startMs + fromMs && atMs < startMs + toMs
  facts.requests = facts.requests.filter((each) => each.provider !== provider || !isMeant(each.atMs))
  facts.calls = facts.calls.map((call) => {
    if (!isMeant(call.begunAtMs)) return call
    const attempts = call.report.attempts.filter(({ target }) => target !== targetOf(provider))
    return { ...call, report: { ...call.report, attempts } }
  })
}

test.each<[string, (facts: Played) => void]>([
  [
    'limit: answers of 429',
    (facts) => repeat(4, (index) => refused(facts, 'limit', from(facts, 'limit') + index)),
  ],
  [
    'cut: answers of 429',
    (facts) => repeat(40, (index) => refused(facts, 'cut', from(facts, 'cut') + index)),
  ],
  [
    'answered by the first choice',
    (facts) => {
      const index = facts.answers.findIndex(({ burst }) => burst === 'bulk')
      facts.answers[index] = { ...facts.answers[index]!, target: targetOf('gamma') }
    },
  ],
  [
    'in its fullest minute',
    ({ requests }) => {
      const first = requests.find(({ provider }) => provider === 'delta')
      for (const [index, each] of requests.entries())
        if (each.provider === 'delta' && each.atMs < first!.atMs + 65_000)
          requests[index] = { ...each, atMs: first!.atMs }
    },
  ],
  [
    'without a word of the limit',
    ({ calls }) => {
      const index = calls.findLastIndex(({ report }) => report.tier === 'bulk')
      calls[index] = { ...calls[index]!, report: { ...calls[index]!.report, skipped: [] } }
    },
  ],
])('a limit that is not kept, or not used, breaks its promise: %s', (name, change) => {
  expect(broken(changed(change))).toEqual([expect.stringContaining(name)])
})

function refused(facts: Played, phase: string, atMs: number): void {
  const failed = { provider: 'alpha', status: 429 } as const
  addCall(facts, { phase, tier: 'cheap', provider: 'beta', failed, atMs })
}

test.each<[string, (facts: Played) => void]>([
  ['did not end by themselves', ({ ends }) => ends.splice(0, 1, { ...ends[0]!, code: 1 })],
  ['did not end by themselves', ({ ends }) => ends.splice(0, 1, { ...ends[0]!, tookMs: 20_001 })],
  [
    'under way at SIGTERM',
    (facts) => {
      facts.answers = facts.answers.map((each) =>
        each.phase === 'deploy' ? { ...each, endedAtMs: each.sentAtMs } : each,
      )
    },
  ],
  ['a process that was ending', (facts) => answer(facts, 'deploy', { moves: 25 })],
])('a deployment that loses something breaks its promise: %s', (name, change) => {
  expect(broken(changed(change))).toEqual([expect.stringContaining(name)])
})

test.each<[string, (facts: Played) => void]>([
  ['taken on', (facts) => takeOnOneMore(facts)],
  ['refused within', (facts) => flooded(facts, { waitMs: 501 })],
  ['503 with a Retry-After', (facts) => flooded(facts, { retryAfterMs: undefined })],
  ['calls that were hedged', (facts) => hedged(facts, (_reason, index) => (index < 6 ? 'initial' : 'hedge'))],
  ['no more than may be', (facts) => hedged(facts, () => 'hedge')],
  ['did not notice', (facts) => facts.words.splice(0, 1)],
  ['did not come back', (facts) => facts.words.splice(1, 1)],
  [
    'stuck: requests at alpha',
    ({ requests, phases }) => {
      const { fromMs } = phases.find(({ name }) => name === 'stuck')!
      const all = requests.filter(({ provider, atMs }) => provider === 'alpha' && atMs >= fromMs)
      const phase = all.filter(({ atMs }) => atMs < fromMs + 36_000)
      for (const each of phase) requests.push({ ...each, number: -1 })
    },
  ],
])('a flood and a lost Redis break their promises: %s', (name, change) => {
  const unheeded = ['requests at providers', 'reported is what']
  const found = broken(changed(change)).filter((each) => !unheeded.some((start) => each.startsWith(start)))
  expect(found).toEqual([expect.stringContaining(name)])
})

function takeOnOneMore({ answers }: Played): void {
  const index = answers.findIndex(({ burst, ending }) => burst === 'flood' && ending === 'refused')
  answers[index] = { ...answers[index]!, ending: 'answered' }
}

type Reason = StoryFacts['calls'][number]['report']['attempts'][number]['reason']

/** The attempts of hedged calls, otherwise. */
function hedged({ calls, answers }: Played, reasonFor: (reason: Reason, index: number) => Reason): void {
  const numbers = new Set(answers.flatMap(({ phase, number }) => (phase === 'tail' ? [number] : [])))
  let index = 0
  for (const [at, call] of calls.entries()) {
    if (!numbers.has(call.number)) continue
    const attempts = call.report.attempts.map((attempt) => {
      return { ...attempt, reason: reasonFor(attempt.reason, index) }
    })
    if (call.report.attempts.some(({ reason }) => reason === 'hedge')) index += 1
    calls[at] = { ...call, report: { ...call.report, attempts } }
  }
}

function flooded(facts: Played, change: Partial<Answer>): void {
  for (const [index, each] of facts.answers.entries())
    if (each.burst === 'flood' && each.ending === 'refused') facts.answers[index] = { ...each, ...change }
}

test('processes that share nothing probe one by one', () => {
  const facts = changed((played) =>
    repeat(12, (index) => probe(played, 'outage', from(played, 'outage') + 14_000 + index * 100)),
  )
  expect(broken(facts)).toEqual([expect.stringContaining('probes only')])
  expect(broken({ ...facts, isShared: false })).toEqual([])
})

test('the fullest span is found wherever it begins', () => {
  expect(fullestSpan([], 60)).toBe(0)
  expect(fullestSpan([0, 59, 60, 61, 118, 119], 60)).toBe(4)
  expect(fullestSpan([119, 0, 59], 60)).toBe(2)
})

test('a row counts each call once, and what it cost', () => {
  const row = rowOf(wellPlayed(), 'outage')
  expect(row.answered + row.degraded).toBe(row.calls)
  expect(row.attempts).toEqual({
    alpha: row.answered,
    beta: row.degraded,
    gamma: 0,
    delta: 0,
    epsilon: 0,
    zeta: 0,
  })
  expect(row.spentUsd).toBeCloseTo(row.answered * costUsd('alpha') + row.degraded * costUsd('beta'), 9)
  expect(row).toMatchObject({ p50Ms: 400, p99Ms: 400, rateLimited: 0, wastedUsd: 0 })
})
