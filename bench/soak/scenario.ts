/** What happens to one stream of a soak, from its number: the same in every process and every run. */
import type { FakeStep } from 'express-llm/testing'
import { createDice, type Dice } from '../random.ts'
import { drawStep } from './steps.ts'

/** The fakes, in the order in which they are asked; the last tells its own price. */
export const FAKES = ['alpha', 'beta', 'gamma'] as const
export type FakeName = (typeof FAKES)[number]

/** What the app does with the stream; the number is how often. */
const READINGS = {
  pipe: 30,
  iterate: 12,
  'iterate-slowly': 3,
  break: 6,
  abort: 6,
  signal: 5,
  deadline: 3,
  abandon: 1,
  tee: 3,
  web: 4,
  'web-cancel': 3,
  helper: 4,
  'helper-abort': 2,
  response: 3,
  fetch: 4,
  'fetch-cancel': 2,
  detached: 3,
  /** Not streamed. */
  whole: 8,
  /** Not through the app's own handler. */
  door: 10,
} as const
export type Reading = keyof typeof READINGS

/** What the app's HTTP client does. */
const CLIENTS = { read: 70, 'read-slowly': 8, 'hang-up': 12, 'hang-up-early': 10 } as const
export type ClientKind = keyof typeof CLIENTS

export interface Scenario {
  readonly number: number
  readonly reading: Reading
  readonly client: ClientKind
  readonly afterCut: 'error' | 'buffer'
  /** Chunks after which a reader leaves, and hundreds of bytes after which a client hangs up. */
  readonly after: number
  /** When a signal is aborted, a deadline passes, a client hangs up early. */
  readonly delayMs: number
  /** The signal that lives as long as the app is given to the call. */
  readonly hasLongSignal: boolean
  /** What every provider would answer. */
  readonly text: string
  readonly steps: Readonly<Record<FakeName, FakeStep>>
  /** Nothing on its way should keep the whole answer from its client. */
  readonly shouldComplete: boolean
}

export function scenarioOf(seed: number, number: number): Scenario {
  const dice = createDice(seed, number)
  const reading = dice.pick(READINGS)
  const client = dice.pick(CLIENTS)
  const text = textOf(dice, number)
  const alpha = drawStep(dice, text, undefined)
  const beta = drawStep(dice, text, undefined)
  const gamma = drawStep(dice, text, dice.whole(1, 9_999) / 1e6)
  return {
    number,
    reading,
    client,
    afterCut: dice.chance(0.25) ? 'buffer' : 'error',
    after: dice.whole(1, 12),
    delayMs: dice.whole(0, 25),
    hasLongSignal: dice.chance(0.5),
    text,
    steps: { alpha: alpha.step, beta: beta.step, gamma: gamma.step },
    shouldComplete: alpha.isSound && client === 'read' && COMPLETE.has(reading),
  }
}

const COMPLETE: ReadonlySet<Reading> = new Set([
  'pipe',
  'iterate',
  'tee',
  'web',
  'response',
  'fetch',
  'detached',
  'door',
] as const)

/** One in a hundred is longer than what the sockets between app and client hold. */
function textOf(dice: Dice, number: number): string {
  const isLong = dice.chance(0.01)
  const word = `answer ${number} `
  return word.repeat(isLong ? dice.whole(500, 1500) : dice.whole(1, 12))
}

/** How a prompt names its stream. */
export function promptOf(number: number): string {
  return `soak ${number}.`
}

/** @returns undefined for a request that is none of the soak's */
export function numberIn(messages: unknown): number | undefined {
  const digits = /soak (\d+)\./.exec(JSON.stringify(messages) ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}
