/** Budgets, complete: what their options lead to. */
import type { BudgetPolicy } from '../core/budget.ts'
import { toNanoUsd } from '../core/money.ts'
import { didYouMean } from '../core/spelling.ts'
import { DEFAULT_BUDGET } from './defaults.ts'
import { checkName } from './names.ts'
import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'
import type { Sections } from './sections.ts'
import { shown } from './show-value.ts'

type Given = NonNullable<Sections['budgets']>[string]

export function readBudgets(
  { budgets = {}, tiers, wrong }: Pick<Sections, 'budgets' | 'tiers' | 'wrong'>,
  timeZone: string,
  problems: Problems,
): readonly BudgetPolicy[] {
  // Where those are wrong themselves, the one mistake is enough.
  const names = wrong.includes('tiers') ? undefined : Object.keys(tiers ?? {})
  return Object.entries(budgets).map(([name, given]) => {
    checkName(optionPath('budgets', name), name, problems)
    checkDegrade(given, { path: ['budgets', name], tiers: names }, problems)
    return policyOf(name, given, timeZone)
  })
}

function policyOf(name: string, given: Given, timeZone: string): BudgetPolicy {
  const { per, limitUsd, window, degradeAt, degradeTo, unpriced, dryRun } = given
  const { alertAt, status } = { ...DEFAULT_BUDGET, ...given }
  return {
    name,
    per,
    limitUsd,
    window,
    timeZone: given.timeZone ?? timeZone,
    alertAt: [...new Set(alertAt)].toSorted((one, other) => one - other),
    degrade:
      degradeAt === undefined || degradeTo === undefined ? undefined : { at: degradeAt, to: degradeTo },
    status,
    assumedNanoUsd: typeof unpriced === 'object' ? toNanoUsd(unpriced.assumeUsd) : undefined,
    isDryRun: dryRun ?? false,
  }
}

interface Place {
  readonly path: readonly string[]
  /** Best first; undefined where nobody can tell. */
  readonly tiers: readonly string[] | undefined
}

function checkDegrade(
  { per, degradeAt, degradeTo }: Given,
  { path, tiers }: Place,
  problems: Problems,
): void {
  const place = (option: string): string => optionPath(...path, option)
  if (degradeAt !== undefined && degradeTo === undefined)
    problems.add(place('degradeTo'), 'is missing: with degradeAt, say which tier calls go to.')
  if (degradeTo === undefined) return
  if (degradeAt === undefined)
    problems.add(place('degradeAt'), 'is missing: with degradeTo, say from which share of the limit on.')
  if (per === 'provider')
    problems.add(
      place('degradeTo'),
      'a budget per provider has no tier to go down to: when it is used up, the next target is asked.',
    )
  if (tiers === undefined) return
  if (!tiers.includes(degradeTo))
    problems.add(place('degradeTo'), `${shown(degradeTo)} is not a tier.${didYouMean(degradeTo, tiers)}`)
  else if (tiers[0] === degradeTo)
    problems.add(
      place('degradeTo'),
      `${shown(degradeTo)} is the best tier, so no call could go down to it; tiers rank in their order, the first is the best.`,
    )
}
