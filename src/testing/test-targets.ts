import type { RouterOptions } from '../config/options.ts'
import { type LlmError, invalidConfig } from '../core/llm-error.ts'
import { didYouMean } from '../core/spelling.ts'
import type { FakeRequestRecord } from './fake/log.ts'
import { parseFakeOptions } from './fake/options.ts'
import type { FakeRequestBody } from './fake/request.ts'
import { readFakeRequest } from './fake/request.ts'
import type { FakeControls, FakeService } from './fake/service.ts'
import { createFakeService } from './fake/service.ts'
import type { FakeStepLike } from './fake/step.ts'
import type { TargetNames } from './test-providers.ts'
import { instanceOf, targetIdsOf, targetsIn } from './test-providers.ts'

/**
 * The answers of a tier's targets, or of one target: a step for every request, or a list used one by one, whose last
 * step goes on for ever.
 */
export type TestAnswers = FakeStepLike | readonly FakeStepLike[]

/** One request that a target of a test router got. */
export interface TestAttempt {
  /** `instance/model` */
  readonly target: string
  /** What was asked: the body as the provider would have got it. */
  readonly params: FakeRequestBody
  /** The whole request, and what became of it. */
  readonly request: FakeRequestRecord
}

/** The fakes behind a test router's targets. */
export interface TestTargets {
  readonly attempts: readonly TestAttempt[]
  /** Notes the attempt and has the target's fake decide. */
  readonly receive: FakeService['receive']
  /** The fake of a tier, or of a target with answers of its own. */
  fake(name: string): FakeControls
}

export interface TestTargetOptions extends TargetNames {
  readonly tiers: RouterOptions['tiers']
  readonly answers: Readonly<Record<string, TestAnswers>>
}

/** A test does not make more; one that does forgets the oldest. */
const ATTEMPTS_MAX = 10_000

/** @throws LlmError `config_invalid` for answers that no tier and no target is to give */
export function createTestTargets(options: TestTargetOptions): TestTargets {
  checkAnswers(options)
  const { tiers, answers } = options
  const names = new Set([...Object.keys(tiers), ...Object.keys(answers)])
  const services = new Map([...names].map((name) => [name, serviceOf(name, answers[name])]))
  // For targets that stand in a task only and have no answers.
  const others = serviceOf('test', undefined)
  const attempts: TestAttempt[] = []
  return {
    attempts,
    receive(raw) {
      const target = `${instanceOf(raw.headers)}/${readFakeRequest(raw, 0).model}`
      const tier = Object.keys(tiers).find((name) => targetsIn(tiers[name]).includes(target))
      const service = services.get(target) ?? services.get(tier ?? '') ?? others
      const received = service.receive(raw)
      const request = service.requests.at(-1)
      if (request) attempts.push({ target, params: request.body ?? {}, request })
      if (attempts.length > ATTEMPTS_MAX) attempts.shift()
      return received
    },
    fake(name) {
      const service = services.get(name)
      if (service) return service
      throw invalid(`Nothing called "${name}" has answers of its own.${didYouMean(name, services.keys())}`)
    },
  }
}

function serviceOf(name: string, answers: TestAnswers | undefined): FakeService {
  const service = createFakeService(parseFakeOptions({ name }))
  if (answers === undefined) return service
  const steps = isList(answers) ? answers : [answers]
  const last = steps.at(-1)
  service.script(steps)
  if (last !== undefined) service.always(last)
  return service
}

function isList(answers: TestAnswers): answers is readonly FakeStepLike[] {
  return Array.isArray(answers)
}

function checkAnswers(options: TestTargetOptions): void {
  const known = [...Object.keys(options.tiers), ...targetIdsOf(options)]
  for (const name of Object.keys(options.answers)) {
    if (known.includes(name)) continue
    throw invalid(`Answers for "${name}", which is no tier and no target.${didYouMean(name, known)}`)
  }
}

function invalid(message: string): LlmError {
  return invalidConfig(message, 'answers')
}
