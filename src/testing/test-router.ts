import type { RouterOptions } from '../config/options.ts'
import type { AppRequest } from '../core/identify.ts'
import { type LlmError, invalidConfig } from '../core/llm-error.ts'
import type { Router } from '../surface/router.ts'
import { createRouter } from '../surface/router.ts'
import { inProcessFetch } from './fake/fetch.ts'
import type { FakeControls } from './fake/service.ts'
import { testProviders } from './test-providers.ts'
import type { TestAnswers, TestAttempt } from './test-targets.ts'
import { createTestTargets } from './test-targets.ts'

/** The app's own router options, if it likes, and what is answered instead of the providers. */
export interface TestRouterOptions<Req = AppRequest> extends Partial<Omit<RouterOptions<Req>, 'transport'>> {
  /**
   * By tier or by target (`instance/model`, which wins). Targets of one tier share its list, so that the second step
   * answers the retry or the fallback, whichever comes. @default a friendly sentence
   */
  readonly answers?: Readonly<Record<string, TestAnswers>>
  /** @default one tier for each name in `answers`, with one target `test/{tier}` */
  readonly tiers?: RouterOptions['tiers']
  /** @default the last tier, which is the cheapest */
  readonly defaultTier?: string
}

/** A real router: plan, retries, fallback, costs and telemetry are the app's. Only the providers are scripted. */
export interface TestRouter extends Router {
  /** Every request that a target got, in order. A call that was retried or fell back made more than one. */
  readonly attempts: readonly TestAttempt[]
  /**
   * The fake behind a tier, or behind a target with answers of its own: to script it further, to wait for a request,
   * to read its totals.
   *
   * @throws LlmError `config_invalid` for a name that has none
   */
  fake(name: string): FakeControls
}

/**
 * A router whose providers are answered in process: no server, no socket, no key, and no real provider can be reached.
 * Unless the options say otherwise it sees no environment and does not back off between retries (`random` gives 0).
 *
 * @example
 * const router = createTestRouter({ answers: { premium: 'Certainly.', cheap: [{ status: 503 }, 'hi'] } })
 * const app = express().use(llm(router))
 *
 * @throws LlmError `config_invalid`
 */
export function createTestRouter<Req = AppRequest>(options: TestRouterOptions<Req> = {}): TestRouter {
  checkObjects(options)
  const { answers = {}, ...rest } = options
  const tiers = rest.tiers ?? tiersFrom(Object.keys(answers))
  const targets = createTestTargets({ ...rest, tiers, answers })
  const router = createRouter({
    env: {},
    random: () => 0,
    defaultTier: Object.keys(tiers).at(-1) ?? '',
    ...rest,
    tiers,
    providers: testProviders({ ...rest, tiers }),
    transport: { kind: 'fetch', fetch: inProcessFetch(targets.receive) },
  })
  return Object.assign(router, { attempts: targets.attempts, fake: (name: string) => targets.fake(name) })
}

const OBJECTS = ['answers', 'tiers', 'tasks', 'aliases', 'targets', 'providers'] as const

/** Shapes that are read before the router's own check of its options. */
function checkObjects<Req>(options: TestRouterOptions<Req>): void {
  if (!isObject(options)) throw invalid('options', 'The options of a test router must be an object.')
  for (const name of OBJECTS) {
    const value: unknown = Reflect.get(options, name)
    if (value === undefined || isObject(value)) continue
    const example = name === 'answers' ? ' by tier or target, as in { cheap: "hi" }' : ''
    throw invalid(name, `Option "${name}" of a test router must be an object${example}.`)
  }
  for (const [name, value] of Object.entries(options.providers ?? {})) {
    if (!isObject(value)) throw invalid(`providers.${name}`, `The provider "${name}" must be an object.`)
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(param: string, message: string): LlmError {
  return invalidConfig(message, param)
}

function tiersFrom(names: readonly string[]): RouterOptions['tiers'] {
  const target = names.find((name) => name.includes('/'))
  if (target !== undefined) {
    const message = `Answers for the target "${target}" need \`tiers\` as well, which say where it stands.`
    throw invalid('tiers', message)
  }
  return Object.fromEntries((names.length > 0 ? names : ['cheap']).map((tier) => [tier, [`test/${tier}`]]))
}
