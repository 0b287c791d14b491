import type { Statement } from './module.ts'
import type { Names } from './names.ts'
import {
  keyOf,
  type Meaning,
  meaningOf,
  meaningOfExport,
  meaningsIn,
  type Modules,
  type Reached,
} from './reach.ts'

export interface Roll {
  readonly modules: Modules
  readonly entries: readonly string[]
  readonly names: Names
  readonly reached: readonly Reached[]
  /** The file that a reached name goes to, by key. */
  readonly homes: ReadonlyMap<string, string>
}

/** Module specifier → what is imported from or exported to there. */
type Lists = Map<string, Set<string>>

/** The text of one rolled file: imports, declarations, exports. */
export function printFile(roll: Roll, path: string): string {
  const own = roll.reached.filter(({ key }) => roll.homes.get(key) === path)
  const imports: Lists = new Map()
  for (const meaning of own.flatMap((name) => meaningsIn(roll.modules, name))) {
    if (meaning.kind !== 'global' && roll.homes.get(keyOf(meaning)) !== path) {
      add(imports, sourceOf(roll, meaning), importOf(roll, meaning))
    }
  }
  const statements = new Set(
    own.flatMap((name) => name.statements.map((statement) => printStatement(roll, name, statement))),
  )
  const isEntry = roll.entries.includes(path)
  const exports = isEntry ? exportsOfEntry(roll, path) : exportsToEntries(roll, path)
  const exported = withExports([...statements], exports)
  return [...printLists('import', imports), ...exported, ...printLists('export', exports)].join('\n') + '\n'
}

/** A declaration of one name, after what is said about it: its keywords and the name. */
const DECLARATION =
  /^((?:\/\*\*(?:(?!\*\/)[^])*\*\/\s*)?)(?=(interface|type|declare (?:abstract )?(?:class|function)) ([\w$]+))/

/** Says at a declaration that it is exported, where it has the name that it is exported by; then no list needs to. */
function withExports(statements: readonly string[], exports: Lists): readonly string[] {
  const listed = exports.get('') ?? new Set()
  const inPlace = new Set<string>()
  const printed = statements.map((statement) => {
    const [, about = '', keyword = '', name = ''] = DECLARATION.exec(statement) ?? []
    // Of a class or a value, only the type may be exported: a list can say so.
    const item = !keyword.startsWith('declare') && listed.has(`type ${name}`) ? `type ${name}` : name
    if (!listed.has(item)) return statement
    inPlace.add(item)
    return `${about}export ${statement.slice(about.length)}`
  })
  for (const item of inPlace) listed.delete(item)
  return printed
}

function exportsOfEntry(roll: Roll, path: string): Lists {
  const exports: Lists = new Map([['', new Set()]])
  for (const [name, { isTypeOnly }] of roll.modules.get(path)?.exports ?? []) {
    const meaning = meaningOfExport(roll.modules, path, name)
    const home = roll.homes.get(keyOf(meaning))
    const from = home === path ? '' : sourceOf(roll, meaning)
    const called = meaning.kind === 'package' ? meaning.name : nameOf(roll, meaning)
    add(exports, from, `${isTypeOnly ? 'type ' : ''}${called === name ? name : `${called} as ${name}`}`)
  }
  return exports
}

/** What the entries' own declarations and exports need of what they share. */
function exportsToEntries(roll: Roll, path: string): Lists {
  const exports: Lists = new Map([['', new Set()]])
  const isHere = (meaning: Meaning): boolean => roll.homes.get(keyOf(meaning)) === path
  const own = roll.reached.filter(({ key }) => roll.homes.get(key) !== path)
  const exported = roll.entries.flatMap((entry) =>
    [...(roll.modules.get(entry)?.exports.keys() ?? [])].map((name) =>
      meaningOfExport(roll.modules, entry, name),
    ),
  )
  for (const meaning of [...own.flatMap((name) => meaningsIn(roll.modules, name)), ...exported]) {
    if (isHere(meaning)) add(exports, '', nameOf(roll, meaning))
  }
  return exports
}

function printStatement(roll: Roll, { module }: Reached, statement: Statement): string {
  let text = statement.text
  for (const reference of statement.references.toSorted((a, b) => b.start - a.start)) {
    const meaning = meaningOf(roll.modules, module, reference)
    if (meaning.kind === 'global') continue
    const name = nameOf(roll, meaning)
    if (name === reference.name && reference.source === undefined) continue
    if (statement.parameters.has(name))
      throw new Error(`${module.path}: ${name} has two meanings; rename one`)
    text =
      text.slice(0, reference.start - statement.offset) + name + text.slice(reference.end - statement.offset)
  }
  // Four spaces are what `tsc` writes.
  return text.replaceAll(/^(?: {4})+/gm, (indent) => '\t'.repeat(indent.length / 4))
}

function nameOf(roll: Roll, meaning: Meaning): string {
  return roll.names.get(keyOf(meaning)) ?? meaning.name
}

function sourceOf(roll: Roll, meaning: Meaning): string {
  if (meaning.kind === 'package') return meaning.source
  return `./${(roll.homes.get(keyOf(meaning)) ?? '').replace(/\.d\.ts$/, '.js')}`
}

function importOf(roll: Roll, meaning: Meaning): string {
  const name = nameOf(roll, meaning)
  if (meaning.name === '*') return `* as ${name}`
  return meaning.kind === 'declaration' || meaning.name === name ? name : `${meaning.name} as ${name}`
}

function add(lists: Lists, source: string, item: string): void {
  const list = lists.get(source)
  if (list === undefined) lists.set(source, new Set([item]))
  else list.add(item)
}

function printLists(keyword: 'import' | 'export', lists: Lists): readonly string[] {
  return [...lists].flatMap(([source, items]) => {
    const from = source === '' ? '' : ` from '${source}'`
    const whole = [...items].filter((item) => item.startsWith('* as '))
    const named = [...items].filter((item) => !item.startsWith('* as '))
    const isOfTypes = named.length > 0 && named.every((item) => item.startsWith('type '))
    const names = isOfTypes ? named.map((item) => item.slice('type '.length)) : named
    // Even an empty list says something: that nothing else of the file is exported.
    const words = names.length === 0 ? '{}' : `${isOfTypes ? 'type ' : ''}{ ${names.join(', ')} }`
    const list = names.length > 0 || whole.length === 0 ? [words] : []
    return [...whole, ...list].map((item) => `${keyword} ${item}${from};`)
  })
}
