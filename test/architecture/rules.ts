/** The house rules about files and imports: each takes the sources by path, and returns sentences. */
import { hasHiddenImport, importsOf, packageOf, resolveImport } from './imports.ts'
import { withoutComments } from './source-text.ts'

/** Path (`src/core/target.ts`) → text. */
export type Sources = ReadonlyMap<string, string>

/** Imports go to a lower rank only. A new room gets its row here. */
export const RANKS: Readonly<Record<string, number>> = {
  entries: 7,
  endpoints: 6,
  testing: 6,
  middleware: 5,
  surface: 4,
  router: 3,
  shared: 3,
  stores: 3,
  config: 2,
  plan: 2,
  resilience: 2,
  ledger: 2,
  budgets: 2,
  providers: 1,
  streams: 1,
  pricing: 1,
  telemetry: 1,
  core: 0,
}

interface Door {
  readonly library: RegExp
  /** Files that may import it so that it is loaded. */
  readonly runtime: RegExp
  /** Files that may import its types, besides those. */
  readonly types?: RegExp
}

const NOWHERE = /(?!)/

/** One door per library. What has no row may not be imported at all. */
const DOORS: readonly Door[] = [
  { library: /^openai$/, runtime: /^src\/providers\//, types: /^src\/core\/openai-types\.ts$/ },
  { library: /^undici$/, runtime: /^src\/providers\/transport[^/]*\.ts$/ },
  { library: /^p-retry$/, runtime: /^src\/router\/attempts\.ts$/ },
  { library: /^@opentelemetry\/api$/, runtime: /^src\/telemetry\// },
  { library: /^@opentelemetry\/(?!api$)/, runtime: /^src\/(?:register\.ts|testing\.ts|testing\/)/ },
  { library: /^zod$/, runtime: /^src\/config\// },
  { library: /^@pydantic\/genai-prices$/, runtime: /^src\/pricing\// },
  { library: /^kysely$/, runtime: /^src\/stores\// },
  { library: /^pg$/, runtime: /^src\/stores\// },
  { library: /^(?:express|connect)$/, runtime: NOWHERE, types: /^src\// },
]

const ENVIRONMENT_READERS = /^src\/(?:config\/|register\.ts$)/
const LINES_MAX = 250
const DATA_TABLES = new Set(['src/providers/presets.ts', 'src/core/failure-kind.ts'])
const VAGUE_NAMES = /^(?:utils?|helpers?|types?|common|misc|shared)$/

export function roomOf(path: string): string {
  const [, room = '', ...rest] = path.split('/')
  return rest.length === 0 ? 'entries' : room
}

export function findViolations(sources: Sources): readonly string[] {
  const paths = [...sources.keys()]
  return [
    ...unknownRooms(paths),
    ...emptyRooms(paths),
    ...paths.flatMap(badName),
    ...[...sources].flatMap(([path, text]) => [
      ...badSize(path, text),
      ...barrel(path, text),
      ...environmentUse(path, text),
      ...badImports(path, text, sources),
    ]),
    ...cycles(sources),
  ]
}

function unknownRooms(paths: readonly string[]): readonly string[] {
  const rooms = new Set(paths.map(roomOf))
  return [...rooms]
    .filter((room) => RANKS[room] === undefined)
    .map((room) => `src/${room}: this room has no rank`)
}

function emptyRooms(paths: readonly string[]): readonly string[] {
  const rooms = new Set(paths.map(roomOf))
  return Object.keys(RANKS)
    .filter((room) => !rooms.has(room))
    .map((room) => `src/${room}: this room is empty`)
}

function badName(path: string): readonly string[] {
  const name = path.split('/').at(-1)?.replace(/\.ts$/, '') ?? ''
  if (VAGUE_NAMES.test(name)) return [`${path}: a file's name is its concept, and "${name}" is none`]
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) ? [] : [`${path}: the name is not kebab-case`]
}

function badSize(path: string, text: string): readonly string[] {
  const lines = text.trimEnd().split('\n').length
  return lines > LINES_MAX && !DATA_TABLES.has(path)
    ? [`${path}: ${lines} lines, more than ${LINES_MAX}`]
    : []
}

function barrel(path: string, text: string): readonly string[] {
  if (roomOf(path) === 'entries') return []
  const reExport = /\bexport\s+(?:type\s+)?(?:\*[^'"]*|\{[^}]*\})\s*from\s*['"]\.[^'"]+['"];?/g
  const code = withoutComments(text)
  const isBarrel = reExport.test(code) && code.replaceAll(reExport, '').trim() === ''
  return isBarrel || path.endsWith('/index.ts') ? [`${path}: a barrel inside a room`] : []
}

function environmentUse(path: string, text: string): readonly string[] {
  if (ENVIRONMENT_READERS.test(path)) return []
  const isUsed =
    /\bprocess\s*(?:\?\.|\.|\[\s*['"])\s*env\b|\benv\b[^;\n]*from\s*['"](?:node:)?process['"]/.test(
      withoutComments(text),
    )
  return isUsed ? [`${path}: reads process.env, which only src/config may`] : []
}

function badImports(path: string, text: string, sources: Sources): readonly string[] {
  const hidden = hasHiddenImport(text) ? [`${path}: an import whose name is computed cannot be checked`] : []
  const found = importsOf(text).flatMap(({ specifier, isTypeOnly }) => {
    const target = resolveImport(path, specifier)
    if (target === undefined) return brokenDoor(path, specifier, isTypeOnly)
    if (!sources.has(target)) return [`${path}: imports ${specifier}, which does not exist`]
    return wrongStep(path, target)
  })
  return [...hidden, ...found]
}

function wrongStep(from: string, to: string): readonly string[] {
  const [room, other] = [roomOf(from), roomOf(to)]
  if (room === other) return []
  const [rank = 0, otherRank = 0] = [RANKS[room], RANKS[other]]
  if (otherRank < rank) return []
  return [`${from}: imports ${to}, a step ${otherRank === rank ? 'sideways' : 'up'}`]
}

function brokenDoor(path: string, specifier: string, isTypeOnly: boolean): readonly string[] {
  if (specifier.startsWith('node:')) return []
  const library = packageOf(specifier)
  const door = DOORS.find((one) => one.library.test(library))
  if (door === undefined) return [`${path}: imports ${library}, which has no door`]
  if (door.runtime.test(path) || (isTypeOnly && door.types?.test(path) === true)) return []
  return [`${path}: imports ${library} past its door`]
}

function cycles(sources: Sources): readonly string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start >= 0) found.push(`cycle: ${[...way.slice(start), path].join(' → ')}`)
    if (start >= 0 || done.has(path)) return
    for (const { specifier } of importsOf(sources.get(path) ?? '')) {
      const target = resolveImport(path, specifier)
      if (target !== undefined && sources.has(target)) visit(target, [...way, path])
    }
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
  return found
}
