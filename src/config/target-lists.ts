/** Tiers and tasks are written as a list (a task also as a tier's name), or as options with one of these in it. */
import { isObject } from '../core/json-shape.ts'
import type { StrategyName } from '../core/strategy.ts'
import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'
import { CHOICE_SCHEMAS } from './schema-choices.ts'
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
export function readLists(
  section: 'tiers' | 'tasks',
  sections: Sections,
  problems: Problems,
): TargetLists | undefined {
  const lists = Object.entries(sections[section] ?? {}).map(([name, value]) => {
    return [name, readList(value, [section, name], problems)] as const
  })
  const right = lists.filter((entry): entry is [string, TargetList] => entry[1] !== undefined)
  return right.length < lists.length ? undefined : Object.fromEntries(right)
}

function readList(
  value: unknown,
  path: readonly ['tiers' | 'tasks', string],
  problems: Problems,
): TargetList | undefined {
  const schemas = CHOICE_SCHEMAS[path[0]]
  if (!isObject(value)) {
    const to = checkShape({ schema: schemas.list, value, path }, problems)
    return to === undefined ? undefined : { to, path, strategy: undefined }
  }
  const options = checkShape({ schema: schemas.options, value, path }, problems)
  if (options === undefined) return undefined
  const { tier, targets, strategy } = options
  if (tier !== undefined && targets === undefined) return { to: tier, path: [...path, 'tier'], strategy }
  if (targets !== undefined && tier === undefined)
    return { to: targets, path: [...path, 'targets'], strategy }
  const both = tier === undefined ? '' : ', not both'
  problems.add(optionPath(...path), `must have either "targets" or "tier"${both}.`)
  return undefined
}

export function strategiesOf(...lists: readonly TargetLists[]): ReadonlyMap<string, StrategyName> {
  const strategies = new Map<string, StrategyName>()
  for (const [name, { strategy }] of lists.flatMap((each) => Object.entries(each)))
    if (strategy !== undefined) strategies.set(name, strategy)
  return strategies
}
