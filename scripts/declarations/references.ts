import type { ESTree } from 'vite'

/** A place in a declaration where a name stands for something declared elsewhere. */
export interface Reference {
  readonly name: string
  /** Of the text to replace when that thing is called something else. */
  readonly start: number
  readonly end: number
  /** `import('./x.js').Name`: the module that has the name. */
  readonly source?: string
}

interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** The fields, by type of node, that hold the name of something else. All other identifiers name themselves. */
const NAMING: Readonly<Record<string, string>> = {
  TSTypeReference: 'typeName',
  TSTypeQuery: 'exprName',
  TSQualifiedName: 'left',
  TSInterfaceHeritage: 'expression',
  TSClassImplements: 'expression',
  ClassDeclaration: 'superClass',
  MemberExpression: 'object',
}

/** Everything that a statement refers to, and the names of type parameters, which hold inside of it only. */
export interface Referring {
  readonly references: Reference[]
  readonly parameters: Set<string>
}

export function referencesOf(statement: ESTree.Node): Referring {
  const found = { references: [], parameters: new Set<string>() }
  visit(statement, new Set(), found)
  return found
}

function visit(value: unknown, outer: ReadonlySet<string>, { references, parameters }: Referring): void {
  if (Array.isArray(value)) return value.forEach((item) => visit(item, outer, { references, parameters }))
  if (!isNode(value)) return
  const imported = importOf(value)
  if (imported !== undefined) references.push(imported)
  const own = namesBoundBy(value)
  own.forEach((name) => parameters.add(name))
  const bound = own.length === 0 ? outer : new Set([...outer, ...own])
  const naming = value['computed'] === true && value.type !== 'MemberExpression' ? 'key' : NAMING[value.type]
  const named = naming === undefined ? undefined : value[naming]
  if (isIdentifier(named) && !bound.has(named.name)) {
    references.push({ name: named.name, start: named.start, end: named.end })
  }
  for (const field of Object.values(value)) visit(field, bound, { references, parameters })
}

function importOf(node: SyntaxNode): Reference | undefined {
  if (node.type !== 'TSImportType') return undefined
  const { source, qualifier, end } = node
  if (!isNode(source) || typeof source['value'] !== 'string' || !source['value'].startsWith('.'))
    return undefined
  if (!isIdentifier(qualifier)) throw new Error(`import(${source['value']}) of more than one plain name`)
  const typeArguments = node['typeArguments']
  return {
    name: qualifier.name,
    source: source['value'],
    start: node.start,
    end: isNode(typeArguments) ? typeArguments.start : end,
  }
}

function namesBoundBy(node: SyntaxNode): readonly string[] {
  if (node.type === 'TSMappedType') return identifiers([node['key']])
  // What is inferred holds in one branch only; nobody gives it a name that means something else in the other.
  if (node.type === 'TSConditionalType') return inferredIn(node['extendsType'])
  const parameters = node['typeParameters']
  if (!isNode(parameters) || !Array.isArray(parameters['params'])) return []
  return parameters['params'].flatMap((parameter) =>
    isNode(parameter) ? identifiers([parameter['name']]) : [],
  )
}

function inferredIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(inferredIn)
  if (!isNode(value)) return []
  const parameter = value.type === 'TSInferType' ? value['typeParameter'] : undefined
  const own = isNode(parameter) ? identifiers([parameter['name']]) : []
  return [...own, ...Object.values(value).flatMap(inferredIn)]
}

function identifiers(values: readonly unknown[]): readonly string[] {
  return values.flatMap((value) => (isIdentifier(value) ? [value.name] : []))
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function isIdentifier(value: unknown): value is SyntaxNode & { readonly name: string } {
  return isNode(value) && value.type === 'Identifier'
}
