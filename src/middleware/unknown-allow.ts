import type { RouterConfig } from '../config/router-config.ts'
import { didYouMean } from '../core/spelling.ts'
import type { Asker } from './checked-caller.ts'

/** Names in `allow` that lead nowhere are told once each; the memory of them has an end. */
const TOLD_MAX = 100

const told = new WeakMap<RouterConfig, Set<string>>()

/**
 * Warns of a name in a caller's `allow` that the config does not have. Such a name lets nobody in anywhere, so it is no
 * error; but whoever misspelt it would otherwise see nothing but refusals.
 */
export function warnOfUnknownAllow(
  asker: Asker,
  config: RouterConfig,
  allow: readonly string[] | undefined,
): void {
  if (allow === undefined) return
  for (const name of allow) {
    if (!isKnown(config, name)) tell(asker, config, name)
  }
}

function isKnown({ tiers, tasks, aliases, targets, providers }: RouterConfig, name: string): boolean {
  if (name === '*' || tiers.has(name) || tasks.has(name) || aliases.has(name) || targets.has(name))
    return true
  return name.endsWith('/*') && providers.has(name.slice(0, -2))
}

function tell(asker: Asker, config: RouterConfig, name: string): void {
  const names = told.get(config) ?? new Set()
  told.set(config, names)
  if (names.has(name) || names.size >= TOLD_MAX) return
  names.add(name)
  const known = [
    ...config.tiers.keys(),
    ...config.tasks.keys(),
    ...config.aliases.keys(),
    ...config.targets.keys(),
  ]
  config.logger.warn(
    `express-llm: ${asker} allows "${name}", which is no tier, task, alias or usable target.${didYouMean(name, known)}`,
  )
}
