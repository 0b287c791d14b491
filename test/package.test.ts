/** What gets published. `npm test` builds first. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { VERSION } from '../src/surface/version.ts'

const ROOT = new URL('../', import.meta.url)
const TARBALL_MAX_BYTES = 150_000
const AGREED = ['@pydantic/genai-prices', 'openai', 'p-retry', 'undici', 'zod']
const AGREED_PEERS = [
  '@opentelemetry/api',
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/instrumentation',
  '@opentelemetry/instrumentation-express',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-trace',
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
    const others = paths.filter((path) => !/^dist\/[\w/.-]+\.(?:js|d\.ts)$/.test(path))
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
