/** What gets published. `npm test` builds first. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'
import { beforeAll, describe, expect, test } from 'vitest'
import { VERSION } from '../src/surface/version.ts'

const ROOT = new URL('../', import.meta.url)
const TARBALL_MAX_BYTES = 300_000
const AGREED = ['@pydantic/genai-prices', 'kysely', 'openai', 'p-retry', 'undici', 'zod']
const AGREED_PEERS = [
  '@opentelemetry/api',
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/instrumentation',
  '@opentelemetry/instrumentation-express',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-trace',
  'pg',
]

interface Manifest {
  readonly version: string
  readonly license: string
  readonly type: string
  readonly engines: { readonly node: string }
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>
}

interface Packed {
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

const manifest = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as Manifest

describe('the tarball', () => {
  let packed: Packed
  let paths: readonly string[]

  beforeAll(() => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error']
    const told: unknown = JSON.parse(
      execFileSync('npm', args, { cwd: fileURLToPath(ROOT), encoding: 'utf8' }),
    )
    // npm 11 tells a list, npm 12 an object by name.
    packed = Object.values(told as Record<string, Packed>)[0] as Packed
    paths = packed.files.map(({ path }) => path)
  })

  test('is small', () => {
    expect(packed.size).toBeGreaterThan(10_000)
    expect(packed.size).toBeLessThanOrEqual(TARBALL_MAX_BYTES)
  })

  test('holds what is built, and the licence', () => {
    expect(paths).toContain('LICENSE')
    expect(paths).toContain('README.md')
    const built = /^dist\/(?:[\w/.-]+\.(?:js|d\.ts)|ui\/(?:index\.html|assets\/index-[\w-]+\.(?:js|css)))$/
    const others = paths.filter((path) => !built.test(path))
    const allowed = new Set(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
    expect(others.filter((path) => !allowed.has(path))).toEqual([])
  })

  test('names no path of the machine that built it, and no source map', () => {
    const here = fileURLToPath(ROOT)
    for (const path of paths) {
      const text = readFileSync(new URL(path, ROOT), 'utf8')
      expect(text.includes(here), path).toBe(false)
      expect(text.includes('sourceMappingURL'), path).toBe(false)
    }
  })

  test('holds every file that the exports map names', () => {
    const targets = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    )
    expect(targets.length).toBeGreaterThan(4)
    for (const target of targets) {
      expect(existsSync(new URL(target, ROOT)), target).toBe(true)
      expect(paths, target).toContain(target.replace('./', ''))
    }
  })
})

describe('the code', () => {
  const DIST = new URL('dist/', ROOT)
  const read = (path: string) => readFileSync(new URL(path, DIST), 'utf8')
  // What browsers run has no stack trace that anybody reads.
  const code = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.js') && !path.startsWith('ui/'),
  )

  /** Our files and the packages that are loaded as soon as an entry is. */
  function loadedWith(entry: string): { readonly files: Set<string>; readonly packages: Set<string> } {
    const files = new Set([entry])
    const packages = new Set<string>()
    for (const path of files) {
      const { staticImports, staticExports } = parseSync(path, read(path)).module
      const exported = staticExports.flatMap(({ entries }) => entries.map((one) => one.moduleRequest?.value))
      for (const specifier of [...staticImports.map((one) => one.moduleRequest.value), ...exported]) {
        if (specifier === undefined) continue
        if (specifier.startsWith('.'))
          files.add(new URL(specifier, new URL(path, DIST)).href.replace(DIST.href, ''))
        else packages.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
      }
    }
    return { files, packages }
  }

  test('of the main entry loads its libraries only: undici comes with the first call, Kysely with a database', () => {
    const { files, packages } = loadedWith('index.js')
    expect([...files].filter((path) => !path.startsWith('chunks/'))).toEqual(['index.js'])
    const libraries = [...packages].filter((name) => !name.startsWith('node:')).toSorted()
    expect(libraries).toEqual(
      ['@opentelemetry/api', ...AGREED.filter((name) => name !== 'undici' && name !== 'kysely')].toSorted(),
    )
    expect([...files].map(read).join('\n')).toMatch(/\bimport\([`'"]undici[`'"]\)/)
  })

  test('of register, ai-sdk, redis, sqlite and postgres loads little', () => {
    const entries = ['register', 'ai-sdk', 'redis', 'sqlite', 'sqlite-worker', 'postgres']
    for (const entry of entries.map((name) => `${name}.js`)) {
      const { packages } = loadedWith(entry)
      expect(
        [...packages].filter((name) => !name.startsWith('node:') && name !== '@opentelemetry/api'),
      ).toEqual([])
    }
  })

  test('of testing shares its classes with the main entry, so that instanceof holds', () => {
    const declaring = code.filter((path) => /\bLlmError\s*=\s*class\b|\bclass LlmError\b/.test(read(path)))
    expect(declaring).toHaveLength(1)
    expect(loadedWith('index.js').files).toContain(declaring[0])
    expect(loadedWith('testing.js').files).toContain(declaring[0])
  })

  test('keeps the names of classes and functions, for stack traces', () => {
    const sources = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(new URL(`src/${path}`, ROOT), 'utf8'))
      .join('\n')
    const named = (text: string, what: RegExp) =>
      new Set([...text.matchAll(what)].map(([, name, other]) => name ?? other))
    const classes = named(sources, /^\s*(?:export )?class (\w+)/gm)
    const functions = named(sources, /\bfunction\*? (\w+)/g)
    for (const text of code.map(read)) {
      const classesHere = named(text, /(?:^|=)class (?!extends\b)([\w$]+)|([\w$]+)=class(?: extends\b|\{)/gm)
      expect([...classesHere].filter((name) => !classes.has(name))).toEqual([])
      // Two of one name in different files: one gets a number.
      const functionsHere = [...named(text, /^(?:async )?function\*? ([\w$]+)/gm)]
      const others = functionsHere.filter((name) => !functions.has(name?.replace(/\$\d+$/, '')))
      expect(others).toEqual([])
    }
  })

  test('has each statement on a line of its own, which a stack trace then names', () => {
    for (const path of code) {
      expect(
        read(path)
          .split('\n')
          .filter((line) => /;(?:const|return|throw)\b/.test(line)),
      ).toEqual([])
    }
  })
})

describe('the manifest', () => {
  test('has the agreed dependencies and no other', () => {
    expect(Object.keys(manifest.dependencies).toSorted()).toEqual(AGREED)
    expect(Object.keys(manifest.peerDependencies).toSorted()).toEqual(AGREED_PEERS)
  })

  test('asks for the OpenTelemetry API only: an SDK is for those who want ours', () => {
    const required = AGREED_PEERS.filter((name) => manifest.peerDependenciesMeta[name]?.optional !== true)
    expect(required).toEqual(['@opentelemetry/api'])
  })

  test('can be required from CommonJS: every entry has a default condition', () => {
    const conditions = Object.values(manifest.exports).filter((entry) => typeof entry !== 'string')
    expect(conditions.map((entry) => Object.keys(entry))).toEqual(conditions.map(() => ['types', 'default']))
  })

  test('is MIT, as the licence file is', () => {
    expect(manifest.license).toBe('MIT')
    expect(readFileSync(new URL('LICENSE', ROOT), 'utf8')).toMatch(/^MIT License\n/)
  })

  test('has the version that spans and metrics carry', () => {
    expect(VERSION).toBe(manifest.version)
  })

  test('asks for the oldest Node that undici takes', () => {
    expect(manifest.engines.node).toBe('>=22.19')
  })
})

test('runs on Node 24 wherever npm runs it, unless told otherwise', () => {
  const expected = process.env['TEST_NODE_MAJOR'] ?? '24'
  expect(process.versions.node.split('.')[0]).toBe(expected)
})
