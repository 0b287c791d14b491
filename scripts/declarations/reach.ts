import { type DeclarationModule, type Foreign, pathOf, type Statement } from './module.ts'
import type { Reference } from './references.ts'

/** What a name means, wherever it is written. */
export type Meaning =
  | { readonly kind: 'declaration'; readonly module: string; readonly name: string }
  | { readonly kind: 'package'; readonly source: string; readonly name: string }
  /** Known to every file: `Promise`, `Response`. */
  | { readonly kind: 'global'; readonly name: string }

export type Modules = ReadonlyMap<string, DeclarationModule>

/** One top-level name with all that declares it. */
export interface Reached {
  readonly key: string
  readonly name: string
  readonly module: DeclarationModule
  readonly statements: readonly Statement[]
}

export function keyOf(meaning: Meaning): string {
  return `${meaning.kind} ${'source' in meaning ? meaning.source : ''}${'module' in meaning ? meaning.module : ''} ${meaning.name}`
}

/** What a reference in one module means. */
export function meaningOf(modules: Modules, module: DeclarationModule, reference: Reference): Meaning {
  const { name, source } = reference
  if (source !== undefined) return foreign(modules, { source: pathOf(module.path, source), name })
  if (module.declarations.has(name)) return { kind: 'declaration', module: module.path, name }
  const imported = module.imports.get(name)
  return imported === undefined ? { kind: 'global', name } : foreign(modules, imported)
}

/** What a module gives under a name. */
export function meaningOfExport(modules: Modules, path: string, name: string): Meaning {
  const module = modules.get(path)
  const exported = module?.exports.get(name)
  if (module === undefined || exported === undefined) throw new Error(`${path} exports no ${name}`)
  if (exported.source !== undefined) return foreign(modules, { source: exported.source, name: exported.name })
  return meaningOf(modules, module, { name: exported.name, start: 0, end: 0 })
}

function foreign(modules: Modules, { source, name }: Foreign): Meaning {
  if (!modules.has(source)) return { kind: 'package', source, name }
  if (name === '*') throw new Error(`import * of ${source}, one of our own files, is not known to the build`)
  return meaningOfExport(modules, source, name)
}

/** Everything that the types of an entry consist of, by {@link keyOf}. */
export function reachedFrom(modules: Modules, entry: string): ReadonlyMap<string, Reached> {
  const reached = new Map<string, Reached>()
  const open: Meaning[] = []
  for (const name of modules.get(entry)?.exports.keys() ?? [])
    open.push(meaningOfExport(modules, entry, name))
  for (const module of modulesFrom(modules, entry)) {
    if (module.effects.length === 0) continue
    const effects = { key: `effects ${module.path}`, name: '', module, statements: module.effects }
    reached.set(effects.key, effects)
    open.push(...meaningsIn(modules, effects))
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind !== 'declaration' || reached.has(keyOf(next))) continue
    const declaration = readDeclaration(modules, next)
    reached.set(declaration.key, declaration)
    open.push(...meaningsIn(modules, declaration))
  }
  return reached
}

function readDeclaration(modules: Modules, meaning: Meaning & { readonly kind: 'declaration' }): Reached {
  const module = modules.get(meaning.module)
  const statements = module?.declarations.get(meaning.name)
  if (module === undefined || statements === undefined) throw new Error(`${keyOf(meaning)} is not there`)
  return { key: keyOf(meaning), name: meaning.name, module, statements }
}

/** What the statements of one name refer to. */
export function meaningsIn(modules: Modules, { module, statements }: Reached): readonly Meaning[] {
  return statements.flatMap(({ references }) =>
    references.map((reference) => meaningOf(modules, module, reference)),
  )
}

function modulesFrom(modules: Modules, entry: string): readonly DeclarationModule[] {
  const found = new Map<string, DeclarationModule>()
  const open = [entry]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const module = modules.get(path)
    if (module === undefined || found.has(path)) continue
    found.set(path, module)
    open.push(...module.neighbours)
  }
  return [...found.values()]
}
