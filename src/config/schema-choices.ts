/** Shapes of tiers and tasks, and of what orders their targets. */
import * as z from 'zod/mini'
import { STRATEGY_NAMES } from '../core/strategy.ts'
import type { FastestOptions, ProbeOptions, TaskOptions, TierOptions } from './choice-options.ts'
import { ms, oneOf, options, shareOrNone, text } from './schema-values.ts'

const targetList = z.array(
  text('must be a target, "instance/model"'),
  'must be a list of targets, each "instance/model"',
)
const strategy = z.exactOptional(oneOf(STRATEGY_NAMES))

const tierShape = { targets: targetList, strategy } satisfies Record<keyof TierOptions, unknown>

const taskShape = {
  tier: z.exactOptional(text('must be the name of a tier')),
  targets: z.exactOptional(targetList),
  strategy,
} satisfies Record<keyof TaskOptions, unknown>

const fastestShape = {
  exploreShare: z.exactOptional(shareOrNone()),
} satisfies Record<keyof FastestOptions, unknown>

const probesShape = { intervalMs: z.exactOptional(ms(100)) } satisfies Record<keyof ProbeOptions, unknown>

interface ListSchemas {
  readonly list: z.ZodMiniType<string | string[]>
  readonly options: z.ZodMiniType<TaskOptions>
}

/** Each is written as its list, or as options. */
export const CHOICE_SCHEMAS: Readonly<Record<'tiers' | 'tasks', ListSchemas>> = {
  tiers: { list: targetList, options: options(tierShape) },
  tasks: {
    list: z.union(
      [text(), targetList],
      'must be the name of a tier, or a list of targets, each "instance/model"',
    ),
    options: options(taskShape),
  },
}

export const fastestSchema = options(fastestShape)
export const probesSchema = options(probesShape)

/** The names that may stand at a place, for hints; `*` is any name. */
export const CHOICE_NAMES = {
  'tiers.*': Object.keys(tierShape),
  'tasks.*': Object.keys(taskShape),
  fastest: Object.keys(fastestShape),
  probes: Object.keys(probesShape),
}
