import { keyOf, type Meaning, meaningOf, meaningOfExport, type Modules, type Reached } from './reach.ts'

/** What each meaning is called in the rolled files, by its key; a global has no entry. */
export type Names = ReadonlyMap<string, string>

interface Needs {
  readonly modules: Modules
  readonly entries: readonly string[]
  readonly reached: readonly Reached[]
}

/**
 * One name for each meaning, over all files: its own where that is free. Two that have the same name in different
 * modules cannot both keep it; what an entry exports comes first.
 */
export function createNames({ modules, entries, reached }: Needs): Names {
  const wanted = new Map<string, string>()
  const taken = new Set<string>()
  for (const entry of entries) {
    for (const name of modules.get(entry)?.exports.keys() ?? []) {
      const meaning = meaningOfExport(modules, entry, name)
      if (meaning.kind === 'declaration') wanted.set(keyOf(meaning), meaning.name)
    }
  }
  for (const { module, statements } of reached) {
    for (const reference of statements.flatMap(({ references }) => references)) {
      const meaning = meaningOf(modules, module, reference)
      if (meaning.kind === 'global') taken.add(meaning.name)
      else if (!wanted.has(keyOf(meaning))) wanted.set(keyOf(meaning), nameOf(meaning, reference.name))
    }
  }
  return new Map([...wanted].map(([key, name]) => [key, take(name, taken)]))
}

/** The whole of a package and its default have no name of their own. */
function nameOf({ kind, name }: Meaning, local: string): string {
  return kind === 'package' && (name === '*' || name === 'default') ? local : name
}

function take(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let count = 1; taken.has(name); count += 1) name = `${wanted}$${count}`
  taken.add(name)
  return name
}
