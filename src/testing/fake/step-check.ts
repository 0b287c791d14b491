import { type LlmError, invalidConfig } from '../../core/llm-error.ts'
import { didYouMean } from '../../core/spelling.ts'
import type { FakeStep, FakeStepLike, FaultStep } from './step.ts'
import { checkStreamFields, STREAM_FIELDS } from './stream-step-check.ts'

const COMMON = ['delayMs', 'headers']
const ANSWER_TEXT = ['answer', 'usage', 'toolCalls', 'refusal', 'reasoning', 'model']
const ENDING = ['finishReason', 'done', 'trailingChunks']
const ANSWER = [...COMMON, ...ANSWER_TEXT, ...STREAM_FIELDS, ...ENDING, 'contentEncoding']
const ERROR = [...COMMON, 'status', 'retryAfter', 'message', 'type', 'code', 'param']
const RAW = [...COMMON, 'body', 'status']
const SPOILT = [...ANSWER_TEXT, ...STREAM_FIELDS, 'afterTokens']

const FAULTS: Readonly<Record<FaultStep['fault'], readonly string[]>> = {
  'context-length': ['limitTokens'],
  'content-filter': ['form'],
  cut: [...SPOILT, 'how'],
  stall: SPOILT,
  malformed: [...SPOILT, ...ENDING, 'count', 'tail'],
  'stream-error': [...SPOILT, 'error', 'status', 'done'],
  reset: [],
  'reset-mid-body': [],
  silence: [],
  'wrong-json': ['status'],
  html: ['status'],
  empty: ['status'],
  'not-a-completion': ['status'],
  'error-in-200': ['status'],
  redirect: ['to', 'status'],
  'close-idle': ['when'],
  oversized: ['bytes'],
}

/**
 * Checks a step when it is written, because a mistake in it would otherwise show as a strange answer much later. A
 * function's steps are checked when it returns them.
 *
 * @throws LlmError `config_invalid`
 */
export function checkStep(step: FakeStepLike): void {
  if (typeof step === 'string' || typeof step === 'function') return
  if (typeof step !== 'object' || step === null) throw invalid('A step is an object, a string or a function.')
  const { kind, known } = fieldsOf(step)
  for (const name of Object.keys(step)) {
    if (!known.includes(name)) throw invalid(`${kind} step has no field "${name}".${didYouMean(name, known)}`)
  }
  if (kind === 'An error') checkErrorStatus(step)
  if ('fault' in step && step.fault === 'redirect' && typeof step.to !== 'string') {
    throw invalid("A \"redirect\" step says where: { fault: 'redirect', to: 'https://…' }.")
  }
  const problem = checkStreamFields(step)
  if (problem !== undefined) throw invalid(`${kind} step's ${problem}`)
}

function fieldsOf(step: FakeStep): { readonly kind: string; readonly known: readonly string[] } {
  if ('fault' in step) {
    if (!isFault(step.fault)) {
      throw invalid(
        `There is no fault "${String(step.fault)}".${didYouMean(String(step.fault), Object.keys(FAULTS))}`,
      )
    }
    return { kind: `A "${step.fault}"`, known: [...COMMON, 'fault', ...FAULTS[step.fault]] }
  }
  if ('body' in step) return { kind: 'A raw', known: RAW }
  if ('status' in step) return { kind: 'An error', known: ERROR }
  return { kind: 'An answer', known: ANSWER }
}

function isFault(value: unknown): value is FaultStep['fault'] {
  return typeof value === 'string' && Object.hasOwn(FAULTS, value)
}

function checkErrorStatus(step: FakeStep): void {
  const status = 'status' in step ? step.status : undefined
  if (status !== undefined && Number.isInteger(status) && status >= 400 && status <= 599) return
  throw invalid(
    `An error step's status is ${status}: it must be 400 to 599. For other statuses give a \`body\`.`,
  )
}

function invalid(message: string): LlmError {
  return invalidConfig(message, 'step')
}
