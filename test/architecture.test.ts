import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { importsOf } from './architecture/imports.ts'
import { findViolations, RANKS, roomOf, type Sources } from './architecture/rules.ts'
import { withoutComments } from './architecture/source-text.ts'

const ROOT = new URL('../', import.meta.url)

function readSources(): Sources {
  const names = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
  const files = names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
  return new Map(files.map((path) => [path, readFileSync(new URL(path, ROOT), 'utf8')]))
}

describe('the sources', () => {
  test('keep the rules of the house', () => {
    expect(findViolations(readSources())).toEqual([])
  })

  test('are what is checked: every room has files, and most files import something', () => {
    const sources = readSources()
    expect(new Set([...sources.keys()].map(roomOf))).toEqual(new Set(Object.keys(RANKS)))
    const importing = [...sources.values()].filter((text) => importsOf(text).length > 0)
    expect(importing.length).toBeGreaterThan(sources.size / 2)
  })
})

describe('the checker', () => {
  /** One harmless file in every room, so that only the seeded mistake is left to find. */
  function violationsOf(seeded: Readonly<Record<string, string>>): readonly string[] {
    const clean = Object.keys(RANKS).map(
      (room) => [room === 'entries' ? 'src/calm.ts' : `src/${room}/calm.ts`, ''] as const,
    )
    return findViolations(new Map([...clean, ...Object.entries(seeded)]))
  }

  test('finds nothing in clean rooms', () => {
    expect(
      violationsOf({ 'src/plan/a.ts': `import { b } from '../core/calm.ts'\nimport { c } from './calm.ts'` }),
    ).toEqual([])
  })

  test.each([
    ['a step up', 'src/core/a.ts', `import { x } from '../plan/calm.ts'`, 'a step up'],
    ['a step sideways', 'src/plan/a.ts', `import { x } from '../config/calm.ts'`, 'a step sideways'],
    [
      'a type-only step sideways',
      'src/plan/a.ts',
      `import type { X } from '../config/calm.ts'`,
      'a step sideways',
    ],
    [
      'a re-exported step up',
      'src/core/a.ts',
      `export { x } from '../plan/calm.ts'\nexport const y = 1`,
      'a step up',
    ],
    ['a dynamic step up', 'src/core/a.ts', `const x = await import('../plan/calm.ts')`, 'a step up'],
    ['a step up for its effect', 'src/core/a.ts', `import '../plan/calm.ts'`, 'a step up'],
    [
      'an import over several lines',
      'src/core/a.ts',
      `import {\n  x,\n  type Y,\n} from '../plan/calm.ts'`,
      'a step up',
    ],
    ['an import of an entry', 'src/middleware/a.ts', `import { x } from '../calm.ts'`, 'a step up'],
    ['an import of nothing', 'src/core/a.ts', `import { x } from './gone.ts'`, 'does not exist'],
    ['a room without a rank', 'src/attic/a.ts', '', 'no rank'],
    ['the client outside providers', 'src/router/a.ts', `import OpenAI from 'openai'`, 'past its door'],
    [
      'types of the client outside core',
      'src/router/a.ts',
      `import type OpenAI from 'openai'`,
      'past its door',
    ],
    ['the client loaded by core', 'src/core/openai-types.ts', `import OpenAI from 'openai'`, 'past its door'],
    [
      'a deep import of the client',
      'src/plan/a.ts',
      `import { x } from 'openai/core/error'`,
      'openai past its door',
    ],
    [
      'undici outside the transport',
      'src/providers/adapter.ts',
      `import { request } from 'undici'`,
      'past its door',
    ],
    ['p-retry elsewhere', 'src/router/call.ts', `import pRetry from 'p-retry'`, 'past its door'],
    [
      'OpenTelemetry elsewhere',
      'src/router/a.ts',
      `import { trace } from '@opentelemetry/api'`,
      'past its door',
    ],
    [
      'an SDK in telemetry',
      'src/telemetry/a.ts',
      `import { NodeSDK } from '@opentelemetry/sdk-node'`,
      'past its door',
    ],
    ['zod elsewhere', 'src/router/a.ts', `import * as z from 'zod/mini'`, 'past its door'],
    [
      'prices elsewhere',
      'src/plan/a.ts',
      `import { calcPrice } from '@pydantic/genai-prices'`,
      'past its door',
    ],
    ['express at run time', 'src/middleware/a.ts', `import express from 'express'`, 'past its door'],
    ['a library without a door', 'src/core/a.ts', `import _ from 'lodash'`, 'has no door'],
    ['require', 'src/core/a.ts', `const x = require('lodash')`, 'has no door'],
    ['a hidden import', 'src/core/a.ts', 'const x = await import(name)', 'cannot be checked'],
    ['process.env', 'src/router/a.ts', 'const key = process.env.KEY', 'process.env'],
    ['process["env"]', 'src/router/a.ts', `const key = process['env'].KEY`, 'process.env'],
    ['env by import', 'src/router/a.ts', `import { env } from 'node:process'`, 'process.env'],
    ['a vague name', 'src/core/utils.ts', '', 'its concept'],
    ['a name in camel case', 'src/core/someName.ts', '', 'kebab-case'],
    [
      'a barrel',
      'src/core/words.ts',
      `// all\nexport { x } from './calm.ts'\nexport * from './calm.ts'`,
      'barrel',
    ],
    ['an index', 'src/core/index.ts', 'export const x = 1', 'barrel'],
    ['a long file', 'src/core/a.ts', 'x\n'.repeat(251), '251 lines'],
  ])('finds %s', (_name, path, text, expected) => {
    expect(violationsOf({ [path]: text })).toEqual([expect.stringContaining(expected)])
  })

  test('finds a cycle between two files, type-only imports included', () => {
    const found = violationsOf({
      'src/core/a.ts': `import { b } from './b.ts'`,
      'src/core/b.ts': `import type { A } from './a.ts'`,
    })
    expect(found).toEqual(['cycle: src/core/a.ts → src/core/b.ts → src/core/a.ts'])
  })

  test('finds an empty room', () => {
    const sources = new Map(
      Object.keys(RANKS).flatMap((room) => (room === 'plan' ? [] : [[`src/${room}/calm.ts`, '']])),
    )
    expect(findViolations(sources)).toContain('src/plan: this room is empty')
  })

  test.each([
    ['types of the client in core', 'src/core/openai-types.ts', `import type OpenAI from 'openai'`],
    ['a transport on undici', 'src/providers/transport-pool.ts', `import { Agent } from 'undici'`],
    ['types of express', 'src/middleware/a.ts', `import type { Request } from 'express'`],
    ['process.env in config', 'src/config/a.ts', 'export const env = process.env'],
    [
      'an import in a comment',
      'src/core/a.ts',
      `// import { x } from '../plan/calm.ts'\n/* import '../plan/calm.ts' */`,
    ],
    [
      'an import in a template',
      'src/core/a.ts',
      "const text = `import x from '../plan/calm.ts' ${`process.env`}`",
    ],
    ['process.env in a comment', 'src/core/a.ts', '/** As in process.env. */'],
    ['a long table', 'src/providers/presets.ts', 'x\n'.repeat(400)],
  ])('allows %s', (_name, path, text) => {
    expect(violationsOf({ [path]: text })).toEqual([])
  })
})

describe('reading a source', () => {
  test('is not led astray by quotes in expressions and slashes in strings', () => {
    const text = `const a = /['"\`]/\nconst b = 'http://x'\nconst c = 4 / 2 // import 'c'\nimport { d } from './d.ts'`
    expect(importsOf(text)).toEqual([{ specifier: './d.ts', isTypeOnly: false }])
    expect(withoutComments(text)).toContain("'http://x'")
  })

  test('tells type-only imports from the others', () => {
    const text = `import type { A } from './a.ts'\nimport { type B } from './b.ts'\nexport type { C } from './c.ts'\nimport type D, { e } from './d.ts'`
    expect(importsOf(text)).toEqual([
      { specifier: './a.ts', isTypeOnly: true },
      { specifier: './b.ts', isTypeOnly: false },
      { specifier: './c.ts', isTypeOnly: true },
      { specifier: './d.ts', isTypeOnly: true },
    ])
  })
})
