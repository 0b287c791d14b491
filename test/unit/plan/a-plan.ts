import { planCall } from '../../../src/plan/plan.ts'
import type { PlanConfig, PlanInput } from '../../../src/plan/plan-input.ts'
import type { Plan } from '../../../src/core/plan.ts'
import type { StrategyName } from '../../../src/core/strategy.ts'
import type { Target } from '../../../src/core/target.ts'
import { LlmError } from '../../../src/core/llm-error.ts'

/** A target by its id, `instance/model`. */
function aTarget(id: string, overrides: Partial<Target> = {}): Target {
  const slash = id.indexOf('/')
  const [instance, model] = [id.slice(0, slash), id.slice(slash + 1)]
  return {
    id,
    instance,
    provider: instance,
    model,
    priceProvider: undefined,
    priceModel: model,
    price: undefined,
    contextWindowTokens: undefined,
    capabilities: {},
    attemptTimeoutMs: 120_000,
    firstToken: { timeoutMs: 12_000, isDefault: true },
    betweenTokensTimeoutMs: 30_000,
    limits: [],
    server: undefined,
    ...overrides,
  }
}

export interface Names {
  readonly tiers: Readonly<Record<string, readonly string[]>>
  readonly defaultTier: string
  readonly tasks?: Readonly<Record<string, string | readonly string[]>>
  readonly aliases?: Readonly<Record<string, string>>
  /** What is special about single targets. */
  readonly targets?: Readonly<Record<string, Partial<Target>>>
  readonly maxAttempts?: number
  readonly strategies?: Readonly<Record<string, StrategyName>>
}

/** A config in names, as an app writes it. */
export function aConfig(names: Names): PlanConfig {
  const targets = new Map<string, Target>()
  const targetsOf = (ids: readonly string[]): readonly Target[] =>
    ids.map((id) => {
      const target = targets.get(id) ?? aTarget(id, names.targets?.[id])
      targets.set(id, target)
      return target
    })
  const tiers = new Map(Object.entries(names.tiers).map(([tier, ids]) => [tier, targetsOf(ids)]))
  const tasks = new Map(
    Object.entries(names.tasks ?? {}).map(([task, to]) => [
      task,
      typeof to === 'string'
        ? { tier: to, targets: tiers.get(to) ?? [] }
        : { tier: undefined, targets: targetsOf(to) },
    ]),
  )
  return {
    tiers,
    defaultTier: names.defaultTier,
    tasks,
    aliases: new Map(Object.entries(names.aliases ?? {})),
    targets,
    strategy: 'in-order',
    strategies: new Map(Object.entries(names.strategies ?? {})),
    fastest: { exploreShare: 0.02 },
    retry: { maxAttempts: names.maxAttempts, retriesPerTarget: 1 },
  }
}

export const config = aConfig({
  tiers: {
    premium: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-6'],
    standard: ['mistral/mistral-medium-latest', 'openai/gpt-4o-mini'],
    cheap: ['groq/openai/gpt-oss-20b', 'openai/gpt-4o-mini'],
  },
  defaultTier: 'cheap',
  tasks: { code: 'premium', summary: ['mistral/mistral-small-latest', 'openai/gpt-4o'] },
  aliases: { fast: 'cheap', smart: 'anthropic/claude-sonnet-4-6', coder: 'code' },
})

/** Plans a call that names nothing, for an anonymous caller, with every target willing; but for `overrides`. */
export function plan(overrides: Partial<PlanInput> = {}): Plan {
  return planCall({
    config,
    operation: 'chat',
    params: { messages: [{ role: 'user', content: 'hello' }] },
    caller: {},
    inputTokens: 10,
    unavailable: () => undefined,
    unsupported: () => undefined,
    expectedCostUsd: () => undefined,
    expectedLatencyMs: () => undefined,
    load: () => ({ loadMs: undefined, waitingCount: 0, isBeingTried: false, idleMs: undefined }),
    random: () => 0,
    ...overrides,
  })
}

export function stepsOf({ steps }: Plan): readonly string[] {
  return steps.map(({ id }) => id)
}

/** The refusal that planning this call ends in. */
export function refusalOf(overrides: Partial<PlanInput>): LlmError {
  try {
    plan(overrides)
  } catch (thrown) {
    if (thrown instanceof LlmError) return thrown
    throw thrown
  }
  throw new Error('the call was planned, not refused')
}
