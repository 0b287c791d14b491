/** Shape of the options about money. */
import * as z from 'zod/mini'
import { BUDGET_PER, type BudgetEvent, type BudgetLimit } from '../core/budget.ts'
import type { BudgetOptions, UnpricedOptions } from './budget-options.ts'
import { timeZoneSchema } from './ledger-schema.ts'
import { flag, isFunction, oneOf, options, share, text, usd } from './schema-values.ts'

const LIMIT_MAX_USD = 1_000_000
/** One nano-dollar: less is nothing. */
const AMOUNT_MIN_USD = 0.000000001
const AMOUNT_RULE = `a number of USD from 0.000000001 to ${LIMIT_MAX_USD}`

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= AMOUNT_MIN_USD && value <= LIMIT_MAX_USD
}

function isLimit(value: unknown): boolean {
  return value === 0 || isAmount(value) || isFunction(value)
}

/** A ceiling in USD. */
export const amountSchema = z.custom<number>(isAmount, `must be ${AMOUNT_RULE}`)

const statusRule = 'must be 402 or 429'

const unpricedShape = { assumeUsd: usd('USD') } satisfies Record<keyof UnpricedOptions, unknown>

const budgetShape = {
  per: oneOf(BUDGET_PER),
  limitUsd: z.custom<BudgetLimit>(
    isLimit,
    `must be ${AMOUNT_RULE}, 0 for nothing, or a function (caller) => USD`,
  ),
  window: oneOf(['hour', 'day', 'month']),
  timeZone: z.exactOptional(timeZoneSchema),
  alertAt: z.exactOptional(z.array(share(), 'must be a list of shares, each more than 0 and at most 1')),
  degradeAt: z.exactOptional(share()),
  degradeTo: z.exactOptional(text('must be the name of a tier')),
  status: z.exactOptional(z.literal([402, 429], statusRule)),
  unpriced: z.exactOptional(
    z.union(
      [z.literal('block'), options(unpricedShape)],
      'must be "block", or { assumeUsd: USD for each attempt }',
    ),
  ),
  dryRun: z.exactOptional(flag()),
} satisfies Record<keyof BudgetOptions, unknown>

export const budgetsSchema = z.record(
  z.string(),
  options(budgetShape),
  'must be an object: budgets by name, each with per, limitUsd and window',
)

export const onBudgetSchema = z.custom<(event: BudgetEvent) => void>(
  isFunction,
  'must be a function (event) => void',
)

/** The names that may stand at a place, for hints; `*` is any name. */
export const BUDGET_NAMES = {
  'budgets.*': Object.keys(budgetShape),
  'budgets.*.unpriced': Object.keys(unpricedShape),
}
