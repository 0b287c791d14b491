/** What happens to targets whose key is not there. */
import type { Logger } from '../core/logger.ts'
import type { MissingVariable } from './environment.ts'
import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'
import type { Sections } from './sections.ts'
import type { TargetLists } from './target-lists.ts'
import type { Incomplete, TargetBook } from './targets.ts'

/** With `strictKeys` every missing key is an error, whatever else could answer. */
export function refuseMissingKeys(book: TargetBook, problems: Problems): void {
  for (const [name, { missing }] of book.incomplete) {
    const causes = [
      ...causeOf(
        missing.filter(({ isEmpty }) => !isEmpty),
        'not set',
      ),
      ...causeOf(
        missing.filter(({ isEmpty }) => isEmpty),
        'empty',
      ),
    ]
    problems.add(optionPath('providers', name), `${causes.join(', ')}, and strictKeys is on.`)
  }
}

/** A tier, task or alias that has lost all its targets is an error: calls would have nowhere to go. */
export function refuseEmptied(
  { tiers, tasks, aliases }: { tiers: TargetLists; tasks: TargetLists; aliases: Sections['aliases'] },
  book: TargetBook,
  problems: Problems,
): void {
  for (const [section, byName] of Object.entries({ tiers, tasks, aliases })) {
    for (const [name, value] of Object.entries(byName ?? {})) {
      const ids = typeof value === 'string' ? [value] : [value.to].flat()
      const instances = ids.map((id) => [...book.incomplete].find(([, { targets }]) => targets.includes(id)))
      // A target that is wrong for another reason has its own problem.
      const emptied = instances.filter((entry) => entry !== undefined)
      if (emptied.length === 0 || emptied.length < ids.length) continue
      const sets = new Set(emptied.map(([, { missing }]) => wanted(missing)))
      problems.add(optionPath(section, name), `no target can be used: set ${[...sets].join(', or ')}.`)
    }
  }
}

/** One warning for each instance whose targets are left out. */
export function warnOfMissingKeys(incomplete: ReadonlyMap<string, Incomplete>, logger: Logger): void {
  for (const [instance, { missing, targets }] of incomplete) {
    const message = `express-llm leaves out ${targets.join(', ')}: set ${wanted(missing)} to use it.`
    logger.warn(message, { instance, missingVariables: missing.map(({ name }) => name), targets })
  }
}

/** What is to be set: who has set a variable to nothing is told so, or would look for another mistake. */
function wanted(missing: readonly MissingVariable[]): string {
  return missing
    .map((variable) => (variable.isEmpty ? `${shown(variable)} (it is there, but empty)` : shown(variable)))
    .join(' and ')
}

function causeOf(missing: readonly MissingVariable[], what: string): readonly string[] {
  if (missing.length === 0) return []
  return [`${missing.map(shown).join(' and ')} ${missing.length > 1 ? 'are' : 'is'} ${what}`]
}

function shown({ name, option }: MissingVariable): string {
  return option === undefined ? name : `${name} (or option \`${option}\`)`
}
