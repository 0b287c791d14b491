/**
 * Puts the declarations that `tsc` writes, one file for each source, into one file for each entry and one that they
 * share, with only what the entries' types consist of. `tsc` itself cannot, and the bundlers for declarations drive a
 * compiler interface that TypeScript 7 does not have.
 */
import { readModule } from './module.ts'
import { createNames } from './names.ts'
import { printFile } from './print.ts'
import { keyOf, meaningOfExport, type Reached, reachedFrom } from './reach.ts'

export const SHARED = 'types.d.ts'

/**
 * @param files text by path, relative to the folder that the entries are in
 * @param entries paths; each stays a file of its own
 * @returns text by path: the entries', and {@link SHARED} when they share anything that the first does not export
 */
export function rollDeclarations(
  files: ReadonlyMap<string, string>,
  entries: readonly string[],
): ReadonlyMap<string, string> {
  const modules = new Map([...files].map(([path, text]) => [path, readModule(path, text)]))
  const homes = new Map<string, string>()
  const reachedByKey = new Map<string, Reached>()
  for (const entry of entries) {
    for (const [key, name] of reachedFrom(modules, entry)) {
      homes.set(key, homes.has(key) ? SHARED : entry)
      reachedByKey.set(key, name)
    }
  }
  // What the first entry exports stands there: a list of names less than with a file in between.
  const [main = ''] = entries
  for (const name of modules.get(main)?.exports.keys() ?? []) {
    const key = keyOf(meaningOfExport(modules, main, name))
    if (homes.get(key) === SHARED) homes.set(key, main)
  }
  const reached = [...reachedByKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name)
  const names = createNames({ modules, entries, reached })
  const roll = { modules, entries, names, reached, homes }
  return new Map([...new Set([...entries, ...homes.values()])].map((path) => [path, printFile(roll, path)]))
}
