/** Tiers, tasks and aliases: names that lead to targets. */
import { didYouMean } from '../core/spelling.ts'
import type { Target } from '../core/target.ts'
import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'
import type { RouterConfig, TaskConfig } from './router-config.ts'
import type { Sections } from './sections.ts'
import { shown } from './show-value.ts'
import type { TargetLists } from './target-lists.ts'
import type { TargetBook } from './targets.ts'

type TiersByName = ReadonlyMap<string, readonly Target[]>

export function readTiers(tiers: TargetLists, book: TargetBook, problems: Problems): TiersByName {
  const names = Object.entries(tiers)
  if (names.length === 0) problems.add('tiers', 'must name at least one tier.')
  return new Map(
    names.map(([tier, { to, path }]) => {
      return [tier, readTargets({ ids: [to].flat(), path }, book, problems)] as const
    }),
  )
}

export function readTasks(
  { tasks, tiers }: { tasks: TargetLists; tiers: TiersByName },
  book: TargetBook,
  problems: Problems,
): ReadonlyMap<string, TaskConfig> {
  const result = new Map<string, TaskConfig>()
  for (const [task, { to, path }] of Object.entries(tasks)) {
    if (typeof to !== 'string') {
      result.set(task, { tier: undefined, targets: readTargets({ ids: to, path }, book, problems) })
      continue
    }
    const targets = tiers.get(to)
    if (targets === undefined) {
      const hint = to.includes('/')
        ? ` A target goes in a list: [${shown(to)}].`
        : didYouMean(to, tiers.keys())
      problems.add(optionPath(...path), `${shown(to)} is not a tier.${hint}`)
    } else result.set(task, { tier: to, targets })
  }
  return result
}

/** The usable targets of a list, in its order. */
function readTargets(
  { ids, path }: { ids: readonly string[]; path: readonly string[] },
  book: TargetBook,
  problems: Problems,
): readonly Target[] {
  if (ids.length === 0) problems.add(optionPath(...path), 'must list at least one target.')
  return ids.flatMap((id, index) => {
    const place = optionPath(...path, index)
    const first = ids.indexOf(id)
    if (first < index) problems.add(place, `${shown(id)} is listed already, at [${first}].`)
    return book.find(id, place) ?? []
  })
}

/** Follows every alias to its end: a tier, a task or a target. */
export function readAliases(
  { aliases, tiers, tasks }: { tiers: TargetLists; tasks: TargetLists; aliases: Sections['aliases'] },
  book: TargetBook,
  problems: Problems,
): RouterConfig['aliases'] {
  const byName = new Map(Object.entries(aliases ?? {}))
  const ends = new Set([...Object.keys(tiers), ...Object.keys(tasks)])
  const result = new Map<string, string>()
  for (const alias of byName.keys()) {
    const path = optionPath('aliases', alias)
    const way = follow(alias, byName)
    const end = way.at(-1) ?? alias
    if (way.indexOf(end) < way.length - 1)
      problems.add(path, `leads back to itself: ${way.map(shown).join(' → ')}.`)
    else if (ends.has(end)) result.set(alias, end)
    else if (!end.includes('/')) {
      const others = [...byName.keys()].filter((name) => !way.includes(name))
      const hint = didYouMean(end, [...ends, ...others, ...book.asked])
      problems.add(path, `${shown(end)} is not a tier, a task, an alias or a target.${hint}`)
    } else if (book.find(end, path) !== undefined) result.set(alias, end)
  }
  return result
}

/** The names from an alias to what it stands for; the last repeats an earlier one where they go in a circle. */
function follow(alias: string, byName: ReadonlyMap<string, string>): readonly string[] {
  const way = [alias]
  for (let next = byName.get(alias); next !== undefined; next = byName.get(next)) {
    const isCircle = way.includes(next)
    way.push(next)
    if (isCircle) break
  }
  return way
}

/** `targets` may describe only what a tier, task or alias leads to; anything else is a typo. */
export function checkDescribed(described: Iterable<string>, book: TargetBook, problems: Problems): void {
  for (const id of described) {
    if (book.asked.has(id)) continue
    problems.add(
      optionPath('targets', id),
      `no tier, task or alias leads to this target.${didYouMean(id, book.asked)}`,
    )
  }
}

/** @returns the tier to use when nothing else decides; undefined (and a problem) when the options do not say */
export function readDefaultTier(
  { defaultTier, tiers, wrong, unknown }: Pick<Sections, 'defaultTier' | 'tiers' | 'wrong' | 'unknown'>,
  problems: Problems,
): string | undefined {
  const names = Object.keys(tiers ?? {})
  if (defaultTier === undefined) {
    // A misspelt or wrong defaultTier is a problem already, and not a missing one.
    const isTold = wrong.includes('defaultTier') || unknown.length > 0
    if (names.length > 1 && !isTold)
      problems.add(
        'defaultTier',
        `is missing; with several tiers, say which: ${names.map(shown).join(', ')}.`,
      )
    return names[0]
  }
  if (names.includes(defaultTier)) return defaultTier
  problems.add('defaultTier', `${shown(defaultTier)} is not a tier.${didYouMean(defaultTier, names)}`)
  return undefined
}
