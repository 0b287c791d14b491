import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askedIn, promptOf, textFor } from '../../../../bench/chaos/asked.ts'
import { ROLES } from '../../../../bench/chaos/cast.ts'
import { drawAsk, drawPauseMs } from '../../../../bench/chaos/draw.ts'
import { FixedWindow } from '../../../../bench/chaos/fixed-window.ts'
import { judge } from '../../../../bench/chaos/judge.ts'
import { readOptions } from '../../../../bench/chaos/options.ts'
import { stepFor, type ProviderMode } from '../../../../bench/chaos/provider-mode.ts'
import { isSabotage, SABOTAGES, spoilerOf } from '../../../../bench/chaos/sabotage.ts'
import { STORY } from '../../../../bench/chaos/story.ts'
import { storyNow, storyTimeFor, storyTimeFrom, timerMs } from '../../../../bench/chaos/story-time.ts'
import { createDice } from '../../../../bench/random.ts'

test('story time goes by faster, and its timers never fire early', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(1e6), (scale, ms) => {
      const time = { scale, beganAtMs: 1e12 }
      expect(storyTimeFrom(storyTimeFor(time))).toEqual(time)
      expect(storyNow(time, 1e12 + timerMs(time, ms)) - storyNow(time, 1e12)).toBeGreaterThanOrEqual(ms)
    }),
  )
  expect(() => storyTimeFrom({})).toThrow('CHAOS_STORY_TIME')
})

test('the story takes about ten minutes, and each phase has a name of its own', () => {
  const seconds = STORY.reduce((sum, phase) => sum + phase.seconds, 0)
  expect(seconds).toBeGreaterThan(500)
  expect(seconds).toBeLessThan(900)
  expect(new Set(STORY.map(({ name }) => name)).size).toBe(STORY.length)
})

test('a fixed window lets so many pass, and says how many are left and until when', () => {
  const window = new FixedWindow(60_000)
  expect(window.take(59_000, 2)).toEqual({ isAllowed: true, remaining: 1, resetMs: 1_000 })
  expect(window.take(59_500, 2)).toEqual({ isAllowed: true, remaining: 0, resetMs: 500 })
  expect(window.take(59_900, 2)).toEqual({ isAllowed: false, remaining: 0, resetMs: 100 })
  // Its limit may change at any time.
  expect(window.take(60_000, 1)).toEqual({ isAllowed: true, remaining: 0, resetMs: 60_000 })
  expect(window.take(60_001, 1)).toMatchObject({ isAllowed: false })
})

const moment = {
  nowMs: 4_000,
  dice: createDice(1),
  window: undefined,
  text: 'yes',
  tokenDelayMs: 100,
}

test.each<[ProviderMode, object]>([
  [{ kind: 'healthy' }, { answer: 'yes' }],
  [{ kind: 'errors' }, { status: 500 }],
  [{ kind: 'silent' }, { fault: 'silence' }],
  [{ kind: 'flapping', everyMs: 3_000 }, { status: 500 }],
  [{ kind: 'flapping', everyMs: 2_000 }, { answer: 'yes' }],
  [
    { kind: 'turning-away', retryAfter: '-5' },
    { status: 429, retryAfter: '-5' },
  ],
  [
    { kind: 'turning-away', retryAfter: 'past' },
    { status: 429, retryAfter: 'Wed, 31 Dec 1969 00:00:04 GMT' },
  ],
])('a provider does what its mode says: %j', (mode, step) => {
  expect(stepFor(mode, ROLES.alpha, moment)).toMatchObject(step)
})

test('a full window is a 429 that says when to come back', () => {
  const window = { isAllowed: false, remaining: 0, resetMs: 1_500 }
  expect(stepFor({ kind: 'healthy' }, ROLES.alpha, { ...moment, window })).toMatchObject({
    status: 429,
    retryAfter: 2,
    headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1.500s' },
  })
})

const asked = { number: 7, length: 'short' } as const
const text = textFor(asked)
const received = { status: 200, headers: {}, firstByteAtMs: 0, error: undefined }

function events(...contents: readonly string[]): string {
  return contents
    .map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
    .join('')
}

test('a prompt names its answer in every process', () => {
  expect(askedIn([{ role: 'user', content: promptOf(asked) }])).toEqual(asked)
  expect(askedIn([{ role: 'user', content: 'something else' }])).toBeUndefined()
})

test.each([
  ['answered', events(text) + 'data: [DONE]\n\n'],
  ['failed', events(text.slice(0, 5)) + 'data: {"error":{"message":"broken"}}\n\n'],
  ['broken', events(text.slice(0, 5)) + 'data: [DONE]\n\n'],
  ['broken', events(text)],
  ['broken', events('no') + 'data: [DONE]\n\n'],
  ['broken', events(text) + 'data: {"error":{}}\n\ndata: [DONE]\n\n'],
])('a stream is %s when it looks so', (ending, body) => {
  expect(judge({ ...received, body }, asked, true).ending).toBe(ending)
})

test.each([
  ['answered', 200, JSON.stringify({ choices: [{ message: { content: text } }] })],
  ['broken', 200, JSON.stringify({ choices: [{ message: { content: 'else' } }] })],
  ['broken', 200, 'nonsense'],
  ['refused', 429, '{"code":"no_candidate"}'],
  ['failed', 502, '{"code":"exhausted"}'],
  ['broken', 500, '<html>'],
])('an answer is %s when it looks so: %s', (ending, status, body) => {
  expect(judge({ ...received, status, body }, asked, false).ending).toBe(ending)
})

test('a connection that broke is no answer, whatever came', () => {
  const body = JSON.stringify({ choices: [{ message: { content: text } }] })
  expect(judge({ ...received, body, error: 'ECONNRESET' }, asked, false).ending).toBe('broken')
})

test('the lie is told once, and found', () => {
  const spoil = spoilerOf('lie')
  const body = events(...text.match(/.{1,2}/g)!) + 'data: [DONE]\n\n'
  expect(judge(spoil({ ...received, body }), asked, true).ending).toBe('broken')
  expect(judge(spoil({ ...received, body }), asked, true).ending).toBe('answered')
})

test('traffic is as its seed says, and about as much as its phase wants', () => {
  const [phase] = STORY
  const draw = (): unknown => {
    const dice = createDice(3)
    return Array.from({ length: 50 }, (_, number) => drawAsk(dice, number, phase!))
  }
  expect(draw()).toEqual(draw())
  const dice = createDice(4)
  const pauses = Array.from({ length: 5_000 }, () => drawPauseMs(dice, 8))
  expect(pauses.reduce((sum, ms) => sum + ms, 0) / 5_000).toBeCloseTo(125, -1)
})

const AROUND = { hasRedis: true, isRedisRequired: false }

test('options say what is played, and how fast', () => {
  expect(readOptions(['--help'], AROUND)).toBe('help')
  expect(readOptions([], AROUND)).toMatchObject({ phases: STORY, seed: 1, sabotage: undefined, json: false })
  const options = readOptions(['--only', 'flap, deploy', '--sabotage', 'deaf'], AROUND)
  if (options === 'help') throw new Error('no help was asked for')
  expect(options.phases.map(({ name }) => name)).toEqual(['start', 'calm', 'flap', 'deploy'])
  expect(options.sabotage).toBe('deaf')
  // A part of the story goes as fast as the whole.
  expect(readOptions(['--only', 'flap'], AROUND)).toMatchObject({ scale: options.scale })
  expect(() => readOptions(['--only', 'flop'], AROUND)).toThrow('no phase "flop"')
  expect(() => readOptions(['--sabotage', 'toString'], AROUND)).toThrow('no "toString"')
  expect(() => readOptions(['--seconds', '0'], AROUND)).toThrow('--seconds must be a positive number')
  expect(Object.keys(SABOTAGES).every(isSabotage)).toBe(true)
})

test('without a Redis its phases are left out, or it is an error', () => {
  const alone = { hasRedis: false, isRedisRequired: false }
  for (const options of [readOptions([], alone), readOptions(['--no-redis'], AROUND)]) {
    if (options === 'help') throw new Error('no help was asked for')
    expect(options.hasRedis).toBe(false)
    expect(options.phases.some(({ needsRedis }) => needsRedis)).toBe(false)
  }
  expect(() => readOptions([], { ...alone, isRedisRequired: true })).toThrow('REDIS_REQUIRED=1')
})
