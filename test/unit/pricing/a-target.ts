import type { Target } from '../../../src/core/target.ts'

/** A target of that catalog provider and model; anything else about it by `overrides`. */
export function aTarget(
  priceProvider: string | undefined,
  model: string,
  overrides: Partial<Target> = {},
): Target {
  const instance = priceProvider ?? 'local'
  return {
    id: `${instance}/${model}`,
    instance,
    provider: instance,
    model,
    priceProvider,
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
