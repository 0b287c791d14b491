/** The documents say what the code says. `UPDATE_DOCS=1` writes what is made from the code; prettier then aligns it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  DEFAULT_FASTEST,
  DEFAULT_HEALTH,
  DEFAULT_PROBES,
  DEFAULT_HEDGE,
  DEFAULT_LEDGER,
  DEFAULT_QUEUE,
  DEFAULT_RESPONSE_HEADERS,
  DEFAULT_RETRY,
  DEFAULT_SHEDDING,
  DEFAULT_STREAMS,
  DEFAULT_TELEMETRY,
  DEFAULT_TIMEOUTS,
  DEFAULT_TRANSPORT,
} from '../../src/config/defaults.ts'
import { blockNamed, sourceOfFields } from '../support/doc-blocks.ts'
import { fieldsOf } from '../support/interface-fields.ts'
import { sourceOf } from '../support/source-of.ts'

const ROOT = new URL('../../', import.meta.url)
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  ...readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
]
const BLOCK = /<!-- made from: (.+?) -->\n([^]*?)\n<!-- end -->/g

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

/** Prettier aligns tables and sets lines apart; neither changes what they say. */
function said(text: string): string {
  return text
    .trim()
    .replaceAll(/ *\| */g, '|')
    .replaceAll(/\|-+(?=\|)/g, '|-')
}

const blocks = DOCUMENTS.flatMap((path) =>
  [...read(path).matchAll(BLOCK)].map(([, name = '', text = '']) => ({ path, name, text })),
)

describe('what is made from the code', () => {
  test.each(blocks)('$path: $name', ({ path, name, text }) => {
    const right = blockNamed(name)
    if (process.env['UPDATE_DOCS'] === '1') {
      const marker = `<!-- made from: ${name} -->`
      writeFileSync(
        new URL(path, ROOT),
        read(path).replace(`${marker}\n${text}\n<!-- end -->`, () => `${marker}\n\n${right}\n\n<!-- end -->`),
      )
      return
    }
    expect(said(text)).toBe(said(right))
  })

  test('leaves no option without a sentence', () => {
    const silent = blocks
      .filter(({ name }) => name.startsWith('fields '))
      .flatMap(({ name, text }) => {
        const rows = [...text.matchAll(/^\| `(\w+)`.*\| *(.*?) *\|$/gm)]
        return rows.filter(([, , meaning]) => meaning === '').map(([, option]) => `${name}: ${option}`)
      })
    expect(silent).toEqual([])
  })

  test('is all there', () => {
    const names = blocks.map(({ path, name }) => `${path} ${name}`)
    expect(names).toEqual(expect.arrayContaining(['docs/errors.md kinds', 'README.md presets']))
    const tables = ['RouterOptions', 'RetryOptions', 'TimeoutOptions', 'TransportOptions', 'TelemetryOptions']
    const others = ['ProviderOptions', 'TargetOptions', 'ResponseHeaderOptions', 'PriceTable', 'Capabilities']
    for (const each of [
      ...tables,
      ...others,
      'StreamOptions',
      'HealthOptions',
      'LimitOptions',
      'SheddingOptions',
      'HedgeOptions',
      'LedgerOptions',
      'TierOptions',
      'TaskOptions',
      'FastestOptions',
      'ProbeOptions',
      'TlsOptions',
      'CallOptions',
      'Caller',
    ])
      expect(names).toContain(`docs/options.md fields ${each}`)
  })
})

describe('defaults', () => {
  test.each([
    ['RetryOptions', DEFAULT_RETRY],
    ['TimeoutOptions', DEFAULT_TIMEOUTS],
    ['StreamOptions', DEFAULT_STREAMS],
    ['HealthOptions', DEFAULT_HEALTH],
    ['HedgeOptions', DEFAULT_HEDGE],
    ['LedgerOptions', DEFAULT_LEDGER],
    ['FastestOptions', DEFAULT_FASTEST],
    ['ProbeOptions', DEFAULT_PROBES],
    ['LimitOptions', DEFAULT_QUEUE],
    ['SheddingOptions', DEFAULT_SHEDDING],
    ['TransportOptions', DEFAULT_TRANSPORT],
    ['TelemetryOptions', DEFAULT_TELEMETRY],
    ['ResponseHeaderOptions', DEFAULT_RESPONSE_HEADERS],
  ])('of %s are what the docstrings say', (name, defaults) => {
    for (const { name: option, defaultText = '' } of fieldsOf(sourceOfFields(name), name)) {
      const value: unknown = Object.entries(defaults).find(([key]) => key === option)?.[1]
      if (value === undefined) continue
      const shown = JSON.stringify(value).replaceAll('"', "'")
      expect([option, defaultText.split(' ')[0]]).toEqual([option, shown])
    }
  })
})

describe('sentences', () => {
  test.each(DOCUMENTS)('%s begins none with "500.", which Markdown takes for the item of a list', (path) => {
    expect(read(path).match(/^ *\d{2,}\. .*$/gm) ?? []).toEqual([])
  })
})

describe('links', () => {
  test.each(DOCUMENTS)('%s leads to files and headings that are there', (path) => {
    const base = new URL(path, ROOT)
    const links = [...read(path).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, to = '']) => to)
    const dead = links.filter((to) => {
      const [file = '', heading] = to.split('#')
      const url = file === '' ? base : new URL(file, base)
      if (!existsSync(url)) return true
      return heading !== undefined && !headingsOf(readFileSync(url, 'utf8')).includes(heading)
    })
    expect(dead).toEqual([])
  })
})

/** As GitHub makes anchors of them. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

describe('docs/errors.md', () => {
  test('has a heading for every code, and none for a code that is none', () => {
    const codes = [...sourceOf('src/core/llm-error.ts', 'LlmErrorCode').matchAll(/'(\w+)'/g)].map(
      ([, code]) => code,
    )
    const headings = [...read('docs/errors.md').matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code)
    expect(new Set(headings)).toEqual(new Set(codes))
    expect(headings.length).toBe(codes.length)
  })
})

describe('ARCHITECTURE.md', () => {
  test('names files that are there', () => {
    const files = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
    const all = [
      ...files.map((name) => name.replaceAll('\\', '/')),
      'test/architecture.test.ts',
      'test/package.test.ts',
    ]
    const named = [...read('ARCHITECTURE.md').matchAll(/[\w/.-]*\w\.ts\b/g)].map(([name]) =>
      name.replace(/^src\//, ''),
    )
    const missing = named.filter((name) => !all.some((path) => path === name || path.endsWith(`/${name}`)))
    expect(missing.filter((name) => !existsSync(new URL(name, ROOT)))).toEqual([])
  })
})

describe('docs/telemetry.md', () => {
  test('names every attribute, event and metric, and none that is not there', () => {
    const names = (text: string): ReadonlySet<string> =>
      new Set([...text.matchAll(/(?:gen_ai|express_llm)(?:\.\w+)+/g)].map(([name]) => name))
    const inCode = names(read('src/telemetry/semconv.ts'))
    const inText = names(read('docs/telemetry.md'))
    expect([...inText].filter((name) => !inCode.has(name))).toEqual([])
    expect([...inCode].filter((name) => !inText.has(name))).toEqual([])
  })
})

describe('the README', () => {
  test('has the two commands, which the package has too', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const command of ['npm ci && npm run demo', 'npm ci && npm test'])
      expect(read('README.md')).toContain(command)
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test']))
  })

  test('names every option of a router', () => {
    const configuration = read('README.md').split('## Configuration')[1]?.split('## ')[0] ?? ''
    const named = [...configuration.matchAll(/`(\w+)`/g)].map(([, name]) => name)
    const options = fieldsOf('src/config/options.ts', 'RouterOptions').map(({ name }) => name)
    expect(new Set(named)).toEqual(new Set(options))
  })

  test('keeps a place for the figures of the benchmark', () => {
    expect(read('README.md')).toContain('<!-- bench -->')
  })
})
