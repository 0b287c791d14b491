// From inside of the package, which no entry exports; the build only puts files together.
import { parseOptions } from '../src/config/parse.ts'
import { planCall } from '../src/plan/plan.ts'
import { estimateInputTokens } from '../src/pricing/estimate.ts'
import { expectedCostUsd } from '../src/pricing/expected-cost.ts'
import type { PlanningResult } from './measurement.ts'
import { microseconds } from './microseconds.ts'

const TARGETS = [
  'openai/gpt-4o',
  'openai/gpt-4o-mini',
  'openai/gpt-4.1',
  'openai/gpt-4.1-mini',
  'openai/gpt-4.1-nano',
  'spare/gpt-4o',
  'spare/gpt-4o-mini',
  'spare/gpt-4.1',
  'spare/gpt-4.1-mini',
  'spare/gpt-4.1-nano',
] as const

const PARAMS = {
  messages: [
    { role: 'system', content: 'You answer questions of our customers, briefly and kindly.' },
    { role: 'user', content: 'Which of your plans lets me invite more than ten colleagues, and what is it?' },
  ],
  tools: [
    { type: 'function', function: { name: 'find_plan', parameters: { type: 'object', properties: {} } } },
  ],
  max_tokens: 200,
}

/**
 * One decision over ten targets, with everything that has to be known for it: the prompt's length is estimated, and
 * each target is checked for tools and priced against `maxCostUsd`.
 */
export async function measurePlanning(): Promise<PlanningResult> {
  const config = parseOptions({
    providers: { spare: { preset: 'openai' } },
    tiers: { all: TARGETS },
    env: { OPENAI_API_KEY: 'sk-bench' },
  })
  const atMs = Date.now()
  const plan = (): number => {
    const inputTokens = estimateInputTokens('chat', PARAMS)
    return planCall({
      config,
      operation: 'chat',
      params: PARAMS,
      maxCostUsd: 0.01,
      caller: { user: 'user-1', allow: ['all'] },
      inputTokens,
      unavailable: () => undefined,
      unsupported: () => undefined,
      expectedCostUsd: (target) =>
        expectedCostUsd({ target, operation: 'chat', params: PARAMS, inputTokens, atMs }),
      expectedLatencyMs: () => undefined,
      load: () => ({ loadMs: undefined, waitingCount: 0, isBeingTried: false, idleMs: undefined }),
      random: Math.random,
    }).steps.length
  }
  if (plan() !== TARGETS.length) throw new Error('the plan left targets out, so it is not what is measured')
  return { targets: TARGETS.length, ...(await microseconds('planning', plan)) }
}
