import { posix } from 'node:path'
import { type ESTree, type ParseResult, parseSync } from 'vite'
import { type Reference, type Referring, referencesOf } from './references.ts'

/** A name of another file or package. `*` is the whole of it, `default` its default. */
export interface Foreign {
  /** A path of ours, or a package's specifier as written. */
  readonly source: string
  readonly name: string
}

/** What an entry or a module gives to others. Without a source, it is the module's own. */
export interface Exported {
  readonly source?: string
  readonly name: string
  readonly isTypeOnly: boolean
}

/** One statement, its documentation included, `export` left out. */
export interface Statement extends Referring {
  readonly text: string
  /** Where `text` begins in the file: the places of references count from the file's begin. */
  readonly offset: number
}

export interface DeclarationModule {
  readonly path: string
  readonly imports: ReadonlyMap<string, Foreign>
  readonly exports: ReadonlyMap<string, Exported>
  /** By name: overloads, and a value and a type of one name, are several statements. */
  readonly declarations: ReadonlyMap<string, readonly Statement[]>
  /** `declare global` and the like, which hold as soon as anybody imports the module. */
  readonly effects: readonly Statement[]
  /** Our files that this one leads to. */
  readonly neighbours: readonly string[]
}

interface Growing {
  readonly path: string
  readonly text: string
  readonly comments: ParseResult['comments']
  readonly imports: Map<string, Foreign>
  readonly exports: Map<string, Exported>
  readonly declarations: Map<string, Statement[]>
  readonly effects: Statement[]
  readonly neighbours: string[]
}

/**
 * Reads one declaration file as `tsc` writes them.
 *
 * @param path with forward slashes, like `core/target.d.ts`
 * @throws {Error} on a form that these sources do not use: default exports, `export *`, `import x = require()`
 */
export function readModule(path: string, text: string): DeclarationModule {
  const { program, comments, errors } = parseSync(path, text, { lang: 'dts', astType: 'ts' })
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(({ message }) => message).join('; ')}`)
  const module: Growing = {
    path,
    text,
    comments,
    imports: new Map(),
    exports: new Map(),
    declarations: new Map(),
    effects: [],
    neighbours: [],
  }
  let end = 0
  for (const statement of program.body) {
    addStatement(module, statement, end)
    end = statement.end
  }
  return module
}

function addStatement(module: Growing, statement: ESTree.Statement, after: number): void {
  switch (statement.type) {
    case 'ImportDeclaration':
      return addImports(module, statement)
    case 'ExportNamedDeclaration':
      if (statement.declaration === null) return addExports(module, statement)
      for (const name of declare(module, statement.declaration, docAfter(module, after, statement.start))) {
        module.exports.set(name, { name, isTypeOnly: false })
      }
      return
    case 'ExportDefaultDeclaration':
    case 'ExportAllDeclaration':
    case 'TSExportAssignment':
    case 'TSImportEqualsDeclaration':
      throw new Error(`${module.path}: ${statement.type} is not known to the build`)
    default:
      declare(module, statement, docAfter(module, after, statement.start))
  }
}

function addImports(module: Growing, statement: ESTree.ImportDeclaration): void {
  const source = sourceOf(module, statement.source.value)
  for (const specifier of statement.specifiers) {
    module.imports.set(specifier.local.name, { source, name: importedName(specifier) })
  }
}

function importedName(specifier: ESTree.ImportDeclarationSpecifier): string {
  if (specifier.type === 'ImportNamespaceSpecifier') return '*'
  return specifier.type === 'ImportDefaultSpecifier' ? 'default' : plainName(specifier.imported)
}

function addExports(module: Growing, statement: ESTree.ExportNamedDeclaration): void {
  const source = statement.source === null ? {} : { source: sourceOf(module, statement.source.value) }
  for (const { local, exported, exportKind } of statement.specifiers) {
    const isTypeOnly = exportKind === 'type' || statement.exportKind === 'type'
    module.exports.set(plainName(exported), { ...source, name: plainName(local), isTypeOnly })
  }
}

function plainName(name: ESTree.ModuleExportName): string {
  return name.type === 'Literal' ? name.value : name.name
}

/** @returns the names that the statement declares */
function declare(module: Growing, statement: ESTree.Node, doc: string): readonly string[] {
  const own = module.text.slice(statement.start, statement.end)
  const read: Statement = {
    text: doc + own,
    offset: statement.start - doc.length,
    ...referencesOf(statement),
  }
  const declared = declaredBy(statement)
  if (declared.length === 0) module.effects.push(read)
  for (const { name, start, end } of declared) {
    // It may have to be called something else.
    read.references.push({ name, start, end })
    const statements = module.declarations.get(name)
    if (statements === undefined) module.declarations.set(name, [read])
    else statements.push(read)
  }
  return declared.map(({ name }) => name)
}

function declaredBy(statement: ESTree.Node): readonly Reference[] {
  if (statement.type === 'TSModuleDeclaration') return []
  const ids =
    statement.type === 'VariableDeclaration' ? statement.declarations.map(({ id }) => id) : [idOf(statement)]
  return ids.flatMap((id) =>
    // A variable's own type belongs to its identifier.
    id?.type === 'Identifier' ? [{ name: id.name, start: id.start, end: id.start + id.name.length }] : [],
  )
}

function idOf(statement: ESTree.Node): ESTree.Node | null {
  return 'id' in statement ? statement.id : null
}

/** The statement's own documentation; that of the file, which stands before it, is for those who read the sources. */
function docAfter(module: Growing, after: number, before: number): string {
  const doc = module.comments.findLast(
    ({ start, end, value }) => start >= after && end <= before && value.startsWith('*'),
  )
  return doc === undefined ? '' : `/*${doc.value}*/\n`
}

function sourceOf(module: Growing, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  const path = pathOf(module.path, specifier)
  module.neighbours.push(path)
  return path
}

/** Where a relative specifier leads to, among the declaration files. */
export function pathOf(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier.replace(/\.[jt]s$/, '.d.ts'))
}
