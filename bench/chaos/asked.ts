/** How a request of the story is known again in every process: by the number in its prompt. Pure. */

/** `long` answers take some seconds to stream. */
export type AnswerLength = 'short' | 'long'

export interface Asked {
  readonly number: number
  readonly length: AnswerLength
}

export function askedOf({ number, isLong }: { readonly number: number; readonly isLong: boolean }): Asked {
  return { number, length: isLong ? 'long' : 'short' }
}

export function promptOf({ number, length }: Asked): string {
  return `chaos ${number} ${length}.`
}

/** @returns undefined for a request that is none of the story's */
export function askedIn(messages: unknown): Asked | undefined {
  const [, digits, length] = /chaos (\d+) (short|long)\./.exec(JSON.stringify(messages) ?? '') ?? []
  return digits === undefined
    ? undefined
    : { number: Number(digits), length: length === 'long' ? 'long' : 'short' }
}

/** Four characters are a token of the fakes. */
const WORDS: Readonly<Record<AnswerLength, number>> = { short: 3, long: 12 }

/** What every provider answers. */
export function textFor({ number, length }: Asked): string {
  return `answer ${number}; `.repeat(WORDS[length])
}

/** Between two tokens of a stream, ms: an answer of ten a second, and one of five. */
export const TOKEN_DELAY_MS: Readonly<Record<AnswerLength, number>> = { short: 100, long: 200 }

/** What the app's users send. */
export interface AskBody {
  readonly number: number
  readonly prompt: string
  readonly tier: string
  readonly priority: number
  readonly timeoutMs?: number | undefined
}

/** What came of one call of a job, as its own answer would say it. */
export interface BatchItem {
  readonly number: number
  /** Until it was known, ms. */
  readonly tookMs: number
  readonly status: number
  readonly target: string | undefined
  readonly body: object
}
