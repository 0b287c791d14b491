/** Where attempts are hedged: names that lead to tiers and tasks, and routes. */
import { didYouMean } from '../core/spelling.ts'
import { DEFAULT_HEDGE } from './defaults.ts'
import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'
import type { RouterConfig } from './router-config.ts'
import type { Sections } from './sections.ts'
import { shown } from './show-value.ts'

export function readHedge(
  { hedge, tiers, tasks, wrong }: Pick<Sections, 'hedge' | 'tiers' | 'tasks' | 'wrong'>,
  problems: Problems,
): RouterConfig['hedge'] {
  if (hedge === undefined) return DEFAULT_HEDGE
  // Where those are wrong themselves, the one mistake is enough.
  if (!wrong.includes('tiers')) checkNames({ what: 'tier', names: hedge.tiers, known: tiers }, problems)
  if (!wrong.includes('tasks')) checkNames({ what: 'task', names: hedge.tasks, known: tasks }, problems)
  for (const [index, route] of (hedge.routes ?? []).entries()) {
    if (ROUTE.test(route)) continue
    const rule = `${shown(route)} is no route: a pattern that begins with "/", or a method before it.`
    problems.add(optionPath('hedge', 'routes', index), rule)
  }
  return { ...DEFAULT_HEDGE, enabled: true, ...hedge }
}

const ROUTE = /^(?:[A-Z]+ )?\//

interface Named {
  readonly what: 'tier' | 'task'
  readonly names: readonly string[] | undefined
  readonly known: object | undefined
}

function checkNames({ what, names = [], known = {} }: Named, problems: Problems): void {
  const all = Object.keys(known)
  for (const [index, name] of names.entries()) {
    if (all.includes(name)) continue
    const path = optionPath('hedge', `${what}s`, index)
    problems.add(path, `${shown(name)} is not a ${what}.${didYouMean(name, all)}`)
  }
}
