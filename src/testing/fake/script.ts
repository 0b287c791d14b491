import { type LlmError, invalidConfig } from '../../core/llm-error.ts'
import type { FakeRequest } from './request.ts'
import { checkStep } from './step-check.ts'
import type { FakeStep, FakeStepLike } from './step.ts'

/** Which requests a rule is about. */
export type FakePredicate = (request: FakeRequest) => boolean

export interface FakeScript {
  add(steps: readonly FakeStepLike[]): void
  always(step: FakeStepLike): void
  when(predicate: FakePredicate, step: FakeStepLike): void
  /** The step for this request; undefined when nothing is scripted. Takes it off the queue. */
  next(request: FakeRequest): FakeStep | undefined
  clear(): void
}

/** Steps by precedence: the first `when` rule that fits, then the queue, then `always`. */
export function createFakeScript(steps: readonly FakeStepLike[]): FakeScript {
  const queue = [...steps]
  const rules: { readonly predicate: FakePredicate; readonly step: FakeStepLike }[] = []
  let fallback: FakeStepLike | undefined
  return {
    add(steps) {
      if (!Array.isArray(steps))
        throw invalid('steps', 'script() takes a list of steps, as in script([{ status: 503 }]).')
      for (const step of steps) checkStep(step)
      queue.push(...steps)
    },
    always(step) {
      checkStep(step)
      fallback = step
    },
    when(predicate, step) {
      if (typeof predicate !== 'function')
        throw invalid('predicate', 'when() takes a function that is given the request, and a step.')
      checkStep(step)
      rules.push({ predicate, step })
    },
    next(request) {
      const rule = rules.find(({ predicate }) => predicate(request))
      const step = rule?.step ?? queue.shift() ?? fallback
      return step === undefined ? undefined : resolve(step, request)
    },
    clear() {
      queue.length = 0
      rules.length = 0
      fallback = undefined
    },
  }
}

function resolve(step: FakeStepLike, request: FakeRequest): FakeStep {
  if (typeof step === 'object') return step
  if (typeof step === 'string') return { answer: step }
  const decided = step(request)
  checkStep(decided)
  return typeof decided === 'string' ? { answer: decided } : decided
}

function invalid(param: string, message: string): LlmError {
  return invalidConfig(message, param)
}
