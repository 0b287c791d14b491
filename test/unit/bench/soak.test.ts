import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkSoak, type SoakFacts, type SoakLap } from '../../../bench/soak/checks.ts'
import { NO_SUM, type AttemptFacts, type SeenFacts } from '../../../bench/soak/facts.ts'
import { readOptions } from '../../../bench/soak/options.ts'
import { moreThan } from '../../../bench/soak/resources.ts'
import { truncated } from '../../../bench/truncated.ts'
import { numberIn, promptOf, scenarioOf } from '../../../bench/soak/scenario.ts'
import { slopeOf } from '../../../bench/soak/slope.ts'
import { toldMismatches } from '../../../bench/soak/told.ts'
import { judge, LEFT_TEXT, type ClientResult } from '../../../bench/soak/wire.ts'

const lap: SoakLap = {
  streams: 1000,
  rssBytes: 1e8,
  heapBytes: 5e7,
  cpuMs: 1,
  openSpans: [],
  signalListeners: 0,
  warnings: [],
  begun: 9,
  settled: 9,
  problems: [],
}

function facts(change: Partial<SoakFacts> = {}, lapChange: Partial<SoakLap> = {}): SoakFacts {
  const sums = {
    one: { ...NO_SUM, calls: 9, costUsd: 0.3 },
    two: { ...NO_SUM, calls: 9, costUsd: 0.1 + 0.2 },
  }
  return {
    streams: 1000,
    laps: [{ ...lap, ...lapChange }],
    end: { openSpans: [], leftovers: [], signalListeners: 0, sums },
    providerSockets: 0,
    lies: [],
    mismatches: [],
    missing: 5,
    ...change,
  }
}

/** Laps of 1,000 streams after the warm-up, each with so many bytes more; before it, many more. */
function growing(rssBytes: number, heapBytes: number): SoakLap[] {
  return Array.from({ length: 16 }, (_, index) => ({
    ...lap,
    streams: (index + 1) * 1000,
    rssBytes: 1e8 + index * (index < 9 ? 1e6 : rssBytes),
    heapBytes: 5e7 + index * (index < 9 ? 1e6 : heapBytes),
  }))
}

const broken = (found: SoakFacts): string[] =>
  checkSoak(found).flatMap(({ isKept, name }) => (isKept ? [] : [name]))

test('a soak that leaves nothing behind keeps every check', () => {
  expect(broken(facts())).toEqual([])
  expect(broken(facts({ laps: growing(100_000, 100_000) }))).toEqual([])
  expect(broken(facts({ laps: growing(1e6, 1e6).slice(0, 12) }))).toEqual([])
})

const { end } = facts()

test.each([
  ['resident memory', facts({ laps: growing(100_001, 0) })],
  ['heap and buffers', facts({ laps: growing(0, 100_001) })],
  ['sockets and timers', facts({ end: { ...end, leftovers: ['Timeout × 1'] } })],
  ['sockets at the providers', facts({ providerSockets: 1 })],
  ['open spans', facts({}, { openSpans: ['chat'] })],
  ['open spans', facts({ end: { ...end, openSpans: ['chat'] } })],
  ['listeners', facts({}, { signalListeners: 1 })],
  ['warnings', facts({}, { warnings: ['MaxListenersExceededWarning'] })],
  ['settled', facts({}, { begun: 10 })],
  ['settled', facts({}, { problems: ['the call x was settled twice'] })],
  ['come to the same', facts({ end: { ...end, sums: { ...end.sums, three: { ...NO_SUM, calls: 8 } } } })],
  ['than told', facts({ mismatches: ['stream 1'] })],
  ['lie', facts({ lies: ['stream 1'] })],
  ['did not arrive', facts({ missing: 6 })],
])('what is wrong breaks its check: %s', (name, found) => {
  expect(broken(found)).toEqual([expect.stringContaining(name)])
})

test('a slope is not moved by a few points that stand apart', () => {
  const points = Array.from({ length: 21 }, (_, x) => ({ x, y: x % 7 === 3 ? 1000 : 2 * x }))
  expect(slopeOf(points)).toBeCloseTo(2)
  expect(slopeOf([])).toBeNaN()
})

test('a stream goes as its seed and number say, and every number goes otherwise', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (seed, number) => {
      expect(scenarioOf(seed, number)).toEqual(scenarioOf(seed, number))
      expect(scenarioOf(seed, number).text).not.toBe(scenarioOf(seed, number + 1).text)
      expect(numberIn([{ role: 'user', content: promptOf(number) }])).toBe(number)
    }),
  )
})

test('a thousand streams meet every reading, client and fault', () => {
  const scenarios = Array.from({ length: 1000 }, (_, number) => scenarioOf(1, number))
  const faults = scenarios.flatMap(({ steps }) =>
    Object.values(steps).flatMap((step) => ('fault' in step ? [step.fault] : [])),
  )
  expect(new Set(scenarios.map(({ reading }) => reading)).size).toBe(19)
  expect(new Set(scenarios.map(({ client }) => client)).size).toBe(4)
  for (const fault of ['cut', 'stall', 'malformed', 'stream-error', 'silence', 'reset', 'close-idle'])
    expect(faults).toContain(fault)
})

const scenario = scenarioOf(1, 7)
const half = scenario.text.slice(0, scenario.text.length / 2)
const event = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`
const DONE = 'data: [DONE]\n\n'
const ERROR = 'data: {"error":{"message":"broken"}}\n\n'

test.each<[string, Partial<ClientResult>, string, boolean]>([
  ['all of it and [DONE]', { body: event(scenario.text) + DONE }, 'complete', true],
  ['half of it and [DONE]', { body: event(half) + DONE }, 'complete', false],
  ['half of it and an error', { body: event(half) + ERROR }, 'broken', true],
  ['an error and [DONE]', { body: event(half) + ERROR + DONE }, 'broken', false],
  ['half of it and nothing', { body: event(half) }, 'silent end', false],
  ['half of it, and the app has left', { body: event(half) + LEFT_TEXT }, 'left', true],
  ['half of it, and the client has gone', { body: event(half), hasHungUp: true }, 'hung up', true],
  ['other words, and the client has gone', { body: event('no'), hasHungUp: true }, 'hung up', false],
  ['other words and [DONE]', { body: event('no') + DONE }, 'strange', false],
  ['an error status', { status: 502, body: '{}' }, 'http 502', true],
  ['a broken connection', { error: 'ECONNRESET' }, 'connection broke', false],
])('a client that got %s', (_what, got, ending, isTrue) => {
  const result = { status: 200, body: '', hasHungUp: false, error: undefined, ...got }
  const verdict = judge(result, scenario)
  expect(verdict.ending).toBe(ending)
  expect(verdict.lie === undefined).toBe(isTrue)
})

const attempt: AttemptFacts = {
  number: 1,
  fake: 'alpha',
  isSuccess: true,
  told: { inputTokens: 3, outputTokens: 5 },
  costUsd: 0.5,
}
const seen: SeenFacts = {
  number: 1,
  fake: 'alpha',
  outcome: 'answered',
  told: { inputTokens: 3, outputTokens: 5, costUsd: undefined },
}

test('an attempt is charged with what its provider told, whichever of its requests that was', () => {
  const other = { ...seen, outcome: 'fault', told: undefined }
  expect(toldMismatches([attempt], [other, seen])).toEqual([])
  expect(toldMismatches([{ ...attempt, isSuccess: false, told: undefined }], [seen])).toEqual([])
})

test.each<[string, AttemptFacts, SeenFacts]>([
  ['other tokens', attempt, { ...seen, told: { inputTokens: 3, outputTokens: 6, costUsd: undefined } }],
  ['tokens that were told to another stream', attempt, { ...seen, number: 2 }],
  ['another cost', attempt, { ...seen, told: { inputTokens: 3, outputTokens: 5, costUsd: 0.6 } }],
  ['an estimate in place of what was told', { ...attempt, told: undefined }, seen],
])('%s are found', (_what, charged, told) => {
  expect(toldMismatches([charged], [told])).toHaveLength(1)
})

test('what was there before is no leftover', () => {
  const before = new Map([['PipeWrap', 1]])
  expect(moreThan(before, new Map([['PipeWrap', 1]]))).toEqual([])
  expect(moreThan(before, new Map([...before, ['Timeout', 2]]))).toEqual(['Timeout × 2'])
})

test('an answer can be truncated so that it looks complete', () => {
  const body =
    scenario.text
      .match(/.{1,4}/g)
      ?.map(event)
      .join('') ?? ''
  const cut = truncated(body + event('').repeat(9) + DONE) ?? ''
  expect(judge({ status: 200, body: cut, hasHungUp: false, error: undefined }, scenario).lie).toBeDefined()
  expect(truncated(event('') + DONE)).toBeUndefined()
})

test.each([
  [['--streams', '0'], '--streams'],
  [['--seed', '1.5'], '--seed'],
  [['--sabotage', 'sleep'], 'sleep'],
])('%j is refused by name', (args, named) => {
  expect(() => readOptions(args)).toThrow(named)
  expect(readOptions([])).toMatchObject({ streams: 50_000, concurrency: 50, seed: 1 })
})
