import type { FailureKind } from '../../../src/core/failure-kind.ts'
import type { FakeStepLike } from '../../../src/testing/fake/step.ts'

/** What a provider does to a call, and what must be seen of it. */
export interface Fault {
  readonly name: string
  readonly step: FakeStepLike
  /** Streamed, content comes before it: then nothing but `afterCut: 'buffer'` can still fall back. */
  readonly isLate: boolean
  /** How the attempt fails when it is streamed; undefined: the answer is complete all the same. */
  readonly streamed: FailureKind | undefined
  /** How it fails when it is not. */
  readonly whole: FailureKind | undefined
  /** How often the target is asked where the kind leaves it open: it says for how long it wants to be left alone. @default 1 */
  readonly asked?: number
}

export const ANSWER = 'One two three four five six seven eight nine ten.'

/** Limits of every call of the matrix, ms. */
export const LIMITS = { firstTokenTimeoutMs: 200, betweenTokensTimeoutMs: 200, attemptTimeoutMs: 600 }

const early = { isLate: false } as const
const late = { isLate: true } as const
const answer = ANSWER

export const FAULTS: readonly Fault[] = [
  { ...early, name: 'a good answer', step: { answer }, streamed: undefined, whole: undefined },
  { ...early, name: 'a 503', step: { status: 503 }, streamed: 'overloaded', whole: 'overloaded' },
  { ...early, name: 'a 500', step: { status: 500 }, streamed: 'server', whole: 'server' },
  { ...early, name: 'a 401', step: { status: 401 }, streamed: 'auth', whole: 'auth' },
  {
    ...early,
    name: 'a 429 for long',
    step: { status: 429, retryAfter: 60 },
    streamed: 'rate-limited',
    whole: 'rate-limited',
  },
  { ...early, name: 'a reset', step: { fault: 'reset' }, streamed: 'connection', whole: 'connection' },
  { ...early, name: 'no headers', step: { fault: 'silence' }, streamed: 'timeout', whole: 'timeout' },
  { ...early, name: 'a page', step: { fault: 'html' }, streamed: 'protocol', whole: 'protocol' },
  { ...early, name: 'nothing', step: { fault: 'empty' }, streamed: 'protocol', whole: 'protocol' },
  { ...early, name: 'half a JSON', step: { fault: 'wrong-json' }, streamed: 'protocol', whole: 'protocol' },
  {
    ...early,
    name: 'an error in place of the stream',
    step: { fault: 'error-in-200' },
    streamed: 'server',
    whole: 'server',
  },
  ...(['close', 'done', 'reset', 'unterminated'] as const).flatMap((how): Fault[] => {
    // What ends in order is whole JSON for nobody; what breaks is a broken connection.
    const whole = how === 'close' || how === 'done' ? 'protocol' : 'connection'
    const fault = { fault: 'cut', how, answer } as const
    const kinds = { streamed: 'stream-interrupted', whole } as const
    return [
      {
        ...early,
        ...kinds,
        name: `a cut (${how}) before the first token`,
        step: { ...fault, afterTokens: 0 },
      },
      { ...late, ...kinds, name: `a cut (${how}) in the middle`, step: { ...fault, afterTokens: 3 } },
      {
        ...late,
        ...kinds,
        name: `a cut (${how}) before the finish reason`,
        step: { ...fault, afterTokens: Number.POSITIVE_INFINITY },
      },
    ]
  }),
  {
    ...early,
    name: 'a stall before the first token',
    step: { fault: 'stall', answer, afterTokens: 0 },
    streamed: 'timeout',
    whole: 'timeout',
  },
  {
    ...early,
    name: 'a stall before the first token, with comments all along',
    step: { fault: 'stall', answer, afterTokens: 0, keepAliveMs: 20 },
    streamed: 'timeout',
    whole: 'timeout',
  },
  {
    ...early,
    name: 'a first token that is too slow',
    step: { answer, firstTokenDelayMs: 5_000 },
    streamed: 'timeout',
    whole: undefined,
  },
  {
    ...late,
    name: 'a stall in the middle',
    step: { fault: 'stall', answer, afterTokens: 3 },
    streamed: 'timeout',
    whole: 'timeout',
  },
  {
    ...late,
    name: 'malformed parts in the middle',
    step: { fault: 'malformed', answer, afterTokens: 3, count: 2 },
    streamed: undefined,
    whole: 'protocol',
  },
  {
    ...early,
    name: 'malformed parts before the first token',
    step: { fault: 'malformed', answer, afterTokens: 0, count: 3 },
    streamed: undefined,
    whole: 'protocol',
  },
  {
    ...late,
    name: 'a malformed tail',
    step: { fault: 'malformed', answer, afterTokens: 3, count: 2, tail: true },
    streamed: 'stream-interrupted',
    whole: 'protocol',
  },
  {
    ...early,
    name: 'an error in the stream before the first token',
    step: { fault: 'stream-error', answer, afterTokens: 0 },
    streamed: 'server',
    whole: 'server',
  },
  {
    ...late,
    name: 'an error in the stream',
    step: { fault: 'stream-error', answer, afterTokens: 3 },
    streamed: 'server',
    whole: 'server',
  },
  {
    ...late,
    name: 'a rate limit in the stream',
    step: { fault: 'stream-error', answer, afterTokens: 3, status: 429 },
    asked: 2,
    streamed: 'rate-limited',
    whole: 'rate-limited',
  },
  { ...early, name: 'no [DONE]', step: { answer, done: false }, streamed: undefined, whole: undefined },
  {
    ...early,
    name: 'no [DONE], and the socket stays open',
    step: { answer, done: 'hang' },
    streamed: undefined,
    whole: undefined,
  },
  {
    ...early,
    name: 'a finish reason and then nothing, not even usage',
    step: { answer, done: 'hang', streamUsage: 'never' },
    streamed: undefined,
    whole: undefined,
  },
  {
    ...early,
    name: 'empty chunks after the end',
    step: { answer, trailingChunks: 3 },
    streamed: undefined,
    whole: undefined,
  },
  {
    ...early,
    name: 'usage in pieces',
    step: { answer, streamUsage: 'pieces' },
    streamed: undefined,
    whole: undefined,
  },
]
