/** Tiers and tasks are written as a list (a task also as a tier's name), or as options with one of these in it. */
import { isObject } from '../core/json-shape.ts'
import type { StrategyName } from '../core/strategy.ts'
import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'
import { taskListSchema, taskSchema, tierListSchema, tierSchema, type ParsedTask } from './schema-choices.ts'
import { checkShape, type Sections } from './sections.ts'

/** Where a tier or a task leads, in one shape, however it is written. */
export interface TargetList {
  /** A tier's name, or targets. */
  readonly to: string | readonly string[]
  /** Where that stands in the options. */
  readonly path: readonly string[]
  readonly strategy: StrategyName | undefined
}

export type TargetLists = Readonly<Record<string, TargetList>>

/** @returns undefined (and problems) when a shape is wrong */
export function readTierLists(tiers: Sections['tiers'], problems: Problems): TargetLists | undefined {
  return readLists('tiers', tiers, (value, path) => {
    if (!isObject(value)) {
      const to = checkShape({ schema: tierListSchema, value, path }, problems)
      return to && { to, path, strategy: undefined }
    }
    const options = checkShape({ schema: tierSchema, value, path }, problems)
    return options && { to: options.targets, path: [...path, 'targets'], strategy: options.strategy }
  })
}

/** @returns undefined (and problems) when a shape is wrong */
export function readTaskLists(tasks: Sections['tasks'], problems: Problems): TargetLists | undefined {
  return readLists('tasks', tasks, (value, path) => {
    if (!isObject(value)) {
      const to = checkShape({ schema: taskListSchema, value, path }, problems)
      return to === undefined ? undefined : { to, path, strategy: undefined }
    }
    const options = checkShape({ schema: taskSchema, value, path }, problems)
    return options && taskOf(options, path, problems)
  })
}

export function strategiesOf(lists: TargetLists): ReadonlyMap<string, StrategyName> {
  const named = Object.entries(lists).flatMap(([name, { strategy }]) =>
    strategy === undefined ? [] : [[name, strategy] as const],
  )
  return new Map(named)
}

function taskOf(
  { tier, targets, strategy }: ParsedTask,
  path: readonly string[],
  problems: Problems,
): TargetList | undefined {
  if (tier !== undefined && targets === undefined) return { to: tier, path: [...path, 'tier'], strategy }
  if (targets !== undefined && tier === undefined)
    return { to: targets, path: [...path, 'targets'], strategy }
  problems.add(
    optionPath(...path),
    `must have either "targets" or "tier"${tier === undefined ? '' : ', not both'}.`,
  )
  return undefined
}

function readLists(
  section: 'tiers' | 'tasks',
  values: Readonly<Record<string, unknown>> | undefined,
  read: (value: unknown, path: readonly string[]) => TargetList | undefined,
): TargetLists | undefined {
  const lists = Object.entries(values ?? {}).map(
    ([name, value]) => [name, read(value, [section, name])] as const,
  )
  const right = lists.filter((entry): entry is [string, TargetList] => entry[1] !== undefined)
  return right.length < lists.length ? undefined : Object.fromEntries(right)
}
