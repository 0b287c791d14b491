import type { FakeStep, FakeStepLike } from './step.ts'
import type { FakeStreamUsage } from './stream-options.ts'

/** Fields that say how a stream goes, up to its end. */
export const STREAM_FIELDS: readonly string[] = [
  'firstTokenDelayMs',
  'tokenDelayMs',
  'keepAliveMs',
  'streamUsage',
  'roleChunks',
  'toolCallsFrom',
  'toolCallName',
]

export const STREAM_USAGES: readonly FakeStreamUsage[] = ['asked', 'always', 'pieces', 'never']

interface Rule {
  readonly isRight: (value: unknown) => boolean
  readonly says: string
}

const RULES: Readonly<Record<string, Rule>> = {
  firstTokenDelayMs: numberFrom(0),
  tokenDelayMs: numberFrom(0),
  keepAliveMs: numberFrom(1),
  roleChunks: integerFrom(0),
  trailingChunks: integerFrom(0),
  toolCallsFrom: integerFrom(0),
  count: integerFrom(1),
  afterTokens: { isRight: isTokenCount, says: 'a whole number of at least 0, or Infinity' },
  streamUsage: oneOf(STREAM_USAGES),
  toolCallName: oneOf(['first', 'late']),
  done: oneOf([true, false, 'hang']),
  tail: oneOf([true, false]),
  how: oneOf(['close', 'done', 'reset', 'unterminated']),
}

/** What a malformed tail leaves no room for. */
const AFTER_TAIL = ['done', 'finishReason', 'trailingChunks']

/** @returns what is wrong with the values that say how a stream goes, to be put after "step's"; undefined when all is right */
export function checkStreamFields(step: FakeStep): string | undefined {
  for (const [name, value] of Object.entries(step)) {
    const rule = RULES[name]
    if (rule && value !== undefined && !rule.isRight(value)) {
      return `"${name}" is ${String(value)}: it must be ${rule.says}.`
    }
  }
  return checkTogether(step)
}

/** Fields that are right each for itself, and make no sense together. */
function checkTogether(step: FakeStep): string | undefined {
  if ('fault' in step && step.fault === 'stream-error') return checkErrorFields(step)
  if ('tail' in step && step.tail) {
    const idle = AFTER_TAIL.find((name) => name in step)
    if (idle !== undefined) return `"${idle}" has no place: with "tail" the answer never gets there.`
  }
  const aboutTools = ['toolCallsFrom', 'toolCallName'].find((name) => name in step)
  if (aboutTools !== undefined && !('toolCalls' in step) && !mayAnswerTools(step)) {
    return `"${aboutTools}" has no place without "toolCalls".`
  }
  return undefined
}

function checkErrorFields({ status, error }: { readonly status?: number; readonly error?: unknown }) {
  if (status !== undefined && !(Number.isInteger(status) && status >= 400 && status <= 599)) {
    return `"status" is ${status}: it must be 400 to 599. The stream itself has status 200.`
  }
  if (error === undefined || (typeof error === 'object' && error !== null)) return undefined
  return '"error" must be an object: the fields of the error.'
}

/** An answer given in parts, or by a function, can bring its own tool calls. */
function mayAnswerTools(step: Exclude<FakeStepLike, string>): boolean {
  return 'answer' in step && typeof step.answer !== 'string'
}

function isTokenCount(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && Number(value) >= 0)
}

function integerFrom(least: number): Rule {
  return {
    isRight: (value) => Number.isInteger(value) && Number(value) >= least,
    says: `a whole number of at least ${least}`,
  }
}

function numberFrom(least: number): Rule {
  return {
    isRight: (value) => typeof value === 'number' && Number.isFinite(value) && value >= least,
    says: `a number of at least ${least}`,
  }
}

function oneOf(values: readonly unknown[]): Rule {
  return { isRight: (value) => values.includes(value), says: `one of ${values.map(String).join(', ')}` }
}
