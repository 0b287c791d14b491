import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'

/** Names appear in `model`, in response headers and in metrics, so they are short, visible ASCII, and no target. */
const NAME = /^[A-Za-z0-9][\w.:-]{0,63}$/
const NAME_RULE =
  'is not a name: names are up to 64 letters, digits, ".", "_", ":" or "-", and begin with a letter or digit'

/** `model: 'auto'` means that nothing was asked for. */
const RESERVED = new Set(['auto'])

type NameSection = 'tiers' | 'tasks' | 'aliases'
const SINGULAR: Readonly<Record<NameSection, string>> = { tiers: 'tier', tasks: 'task', aliases: 'alias' }

/** Checks the names of tiers, tasks and aliases: all three can stand in `model`, so no name may mean two things. */
export function checkNames(names: Readonly<Record<NameSection, object>>, problems: Problems): void {
  const taken = new Map<string, NameSection>()
  for (const section of ['tiers', 'tasks', 'aliases'] as const) {
    for (const name of Object.keys(names[section])) {
      const path = optionPath(section, name)
      const other = taken.get(name)
      if (!NAME.test(name)) problems.add(path, `${JSON.stringify(name.slice(0, 80))} ${NAME_RULE}.`)
      else if (RESERVED.has(name))
        problems.add(path, `"${name}" is reserved: as a model it means that routing decides.`)
      else if (other !== undefined) {
        problems.add(
          path,
          `"${name}" is the name of a ${SINGULAR[other]} as well; a name may mean one thing only.`,
        )
      } else taken.set(name, section)
      if (section === 'tiers' && isArrayIndex(name)) {
        problems.add(
          path,
          `"${name}" is a number, which objects put first; tiers rank in the order of the object.`,
        )
      }
    }
  }
}

/** Checks a name that nothing else is to be told from. */
export function checkName(path: string, name: string, problems: Problems): void {
  if (!NAME.test(name)) problems.add(path, `${JSON.stringify(name.slice(0, 80))} ${NAME_RULE}.`)
}

/** Checks the name of a provider instance, the part of `instance/model` before the first slash. */
export function checkInstanceName(name: string, problems: Problems): boolean {
  if (NAME.test(name)) return true
  problems.add(optionPath('providers', name), `${JSON.stringify(name.slice(0, 80))} ${NAME_RULE}.`)
  return false
}

function isArrayIndex(name: string): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(name)
}
