/** What a fake provider does with one request: a sound answer in one of its many shapes, or a fault. */
import type { AnswerStep, FakeStep, FakeStreamUsage } from 'express-llm/testing'
import type { Dice } from '../random.ts'

const SOUND_SHARE = 0.68

export interface DrawnStep {
  readonly step: FakeStep
  /** Does the whole answer arrive? */
  readonly isSound: boolean
}

/** @param costUsd what the provider says that the answer costs, where it says so */
export function drawStep(dice: Dice, text: string, costUsd: number | undefined): DrawnStep {
  const answer = soundStep(dice, text, costUsd)
  if (dice.chance(SOUND_SHARE)) return { step: answer, isSound: true }
  const name = dice.pick(FAULT_WEIGHTS)
  return { step: FAULTS[name](dice, answer), isSound: name === 'malformed' || name === 'close-idle' }
}

const USAGES: Readonly<Record<FakeStreamUsage, number>> = { asked: 6, always: 2, pieces: 1, never: 1 }

/** Long answers come without pauses; they fill buffers. */
const PAUSED_MAX_CHARS = 200

function soundStep(dice: Dice, text: string, costUsd: number | undefined): AnswerStep {
  const isShort = text.length <= PAUSED_MAX_CHARS
  return {
    answer: text,
    streamUsage: dice.pick(USAGES),
    roleChunks: dice.whole(0, 2),
    ...sometimes(dice, 0.1, { trailingChunks: dice.whole(1, 2) }),
    ...sometimes(dice, 0.15, { done: dice.chance(0.7) ? false : ('hang' as const) }),
    ...sometimes(dice, 0.1, { delayMs: dice.whole(1, 10) }),
    ...sometimes(dice, 0.15, { firstTokenDelayMs: dice.whole(1, 20), keepAliveMs: 5 }),
    ...(isShort ? sometimes(dice, 0.2, { tokenDelayMs: dice.whole(1, 3) }) : {}),
    ...sometimes(dice, 0.1, { reasoning: 'Let me think about that.' }),
    ...sometimes(dice, 0.08, { toolCalls: [{ name: 'look_up', arguments: { word: 'soak' } }] }),
    ...sometimes(dice, 0.05, { usage: 'absent' as const }),
    ...(costUsd === undefined ? {} : { usage: { costUsd } }),
  }
}

function sometimes<T extends object>(dice: Dice, probability: number, fields: T): Partial<T> {
  return dice.chance(probability) ? fields : {}
}

type MakeFault = (dice: Dice, answer: AnswerStep) => FakeStep

const FAULTS = {
  refused: (dice) => ({ status: [500, 502, 503, 529][dice.whole(0, 3)] ?? 500 }),
  'rate-limited': (dice) => ({ status: 429, retryAfter: { ms: dice.whole(0, 5) } }),
  'no-key': () => ({ status: 401 }),
  reset: () => ({ fault: 'reset' }),
  silence: () => ({ fault: 'silence' }),
  'broken-body': (dice) => {
    const bodies = ['wrong-json', 'html', 'empty', 'not-a-completion', 'error-in-200'] as const
    return { fault: bodies[dice.whole(0, bodies.length - 1)] ?? 'html' }
  },
  'close-idle': (dice) => ({
    fault: 'close-idle',
    when: dice.chance(0.5) ? 'at-next-request' : 'after-answer',
  }),
  cut: (dice, answer) => {
    const ways = ['close', 'done', 'reset', 'unterminated'] as const
    return { ...spoilt(dice, answer), fault: 'cut', how: ways[dice.whole(0, 3)] ?? 'close' }
  },
  // Comments would be signs of life, and it would last until the call's deadline.
  stall: (dice, { keepAliveMs: _comments, ...answer }) => ({ ...spoilt(dice, answer), fault: 'stall' }),
  malformed: (dice, answer) => ({ ...spoilt(dice, answer), fault: 'malformed', count: dice.whole(1, 3) }),
  'malformed-tail': (dice, answer) => ({ ...spoilt(dice, answer), fault: 'malformed', tail: true }),
  'stream-error': (dice, answer) => ({
    ...spoilt(dice, answer),
    fault: 'stream-error',
    status: dice.chance(0.5) ? 500 : 429,
    done: dice.chance(0.3),
  }),
} satisfies Record<string, MakeFault>

/** Those that take the router's time limits are rare: they make a soak long, not hard. */
const FAULT_WEIGHTS: Readonly<Record<keyof typeof FAULTS, number>> = {
  refused: 10,
  'rate-limited': 6,
  'no-key': 2,
  reset: 8,
  silence: 2,
  'broken-body': 6,
  'close-idle': 6,
  cut: 25,
  stall: 5,
  malformed: 12,
  'malformed-tail': 6,
  'stream-error': 12,
}

/** The answer as it goes until the fault: at its begin, somewhere, or when all tokens are there. */
function spoilt(dice: Dice, answer: AnswerStep): AnswerStep & { readonly afterTokens?: number } {
  const { done: _done, trailingChunks: _trailing, ...kept } = answer
  const afterTokens = [0, 1, dice.whole(2, 12), Number.POSITIVE_INFINITY, undefined][dice.whole(0, 4)]
  return afterTokens === undefined ? kept : { ...kept, afterTokens }
}
