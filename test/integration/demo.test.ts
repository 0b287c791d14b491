/** The demo prints nothing but the truth: every number is held against spans, the router's summary and the fakes' logs. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { calcPrice } from '@pydantic/genai-prices'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Evidence } from '../../examples/demo/evidence.ts'
import { story } from '../../examples/demo/story.ts'
import type { CallReport } from '../../src/core/report.ts'
import { createRouter, LlmError } from '../../src/index.ts'
import { createFakeProvider, type CapturedSpan } from '../../src/testing.ts'
import { nanoUsdOf, tableUnder, type PrintedTable } from '../support/printed-table.ts'
import { runExample } from '../support/run-example.ts'

const TIMEOUT_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'express-llm-demo-'))
const evidencePath = join(folder, 'evidence.json')

let printed: string
let evidence: Evidence
let calls: PrintedTable

const demo = runDemo(['--once'], { DEMO_EVIDENCE: evidencePath })

beforeAll(async () => {
  const { code } = await demo.ended()
  printed = demo.text()
  if (code !== 0) throw new Error(`the demo ended with ${code}:\n${printed}`)
  evidence = JSON.parse(readFileSync(evidencePath, 'utf8')) as Evidence
  calls = tableUnder(printed, 'The calls')
}, TIMEOUT_MS)

afterAll(() => {
  demo.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

function runDemo(args: readonly string[], env: Readonly<Record<string, string>>) {
  return runExample(['examples/demo.ts', ...args], { DEMO_FAKE: '1', ...env })
}

/** One HTTP request, as its spans tell it. */
interface Witnessed {
  readonly server: CapturedSpan
  readonly call: CapturedSpan
  readonly attempts: readonly CapturedSpan[]
}

function witnessed(): readonly Witnessed[] {
  const { spans } = evidence
  const childrenOf = (parent: CapturedSpan): readonly CapturedSpan[] =>
    spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId)
  return spans
    .filter(({ kind }) => kind === 'server')
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
    .map((server) => {
      const [call, ...others] = childrenOf(server)
      if (call === undefined) throw new Error('a request without a call')
      expect(others).toEqual([])
      return { server, call, attempts: childrenOf(call) }
    })
}

function numberOf(span: CapturedSpan, name: string): number {
  const value = span.attributes[name] ?? 0
  if (typeof value !== 'number') throw new TypeError(`${name} is no number`)
  return value
}

function sum(spans: readonly CapturedSpan[], name: string): number {
  return spans.reduce((total, span) => total + numberOf(span, name), 0)
}

function nanoUsd(spans: readonly CapturedSpan[], name = 'express_llm.cost.amount'): number {
  return spans.reduce((total, span) => total + Math.round(numberOf(span, name) * 1e9), 0)
}

function isUnpriced({ attempts }: Witnessed): boolean {
  return attempts.some(({ attributes }) => attributes['express_llm.cost.status'] === 'unpriced')
}

describe('each call in the table', () => {
  test('is the request that its server span tells of', () => {
    const told = witnessed().map(({ server, call }) => [
      server.attributes['http.route'],
      call.attributes['user.id'],
      call.attributes['express_llm.tier'] ?? '–',
    ])
    expect(calls.rows.map((row) => [row['Express route'], row['user'], row['tier']])).toEqual(told)
    expect(calls.rows.length).toBeGreaterThanOrEqual(24)
  })

  test('was answered by the model that its last attempt asked', () => {
    for (const [index, { call, attempts }] of witnessed().entries()) {
      const shown = calls.rows[index]?.['answered by']
      if (attempts.length === 0) {
        expect([shown, call.attributes['express_llm.outcome']]).toEqual(['403 not_allowed', 'refused'])
      } else {
        expect(shown?.split('/').slice(1).join('/')).toBe(attempts.at(-1)?.attributes['gen_ai.request.model'])
        expect(attempts.at(-1)?.attributes['express_llm.attempt.outcome']).toBe('success')
      }
    }
  })

  test('shows its attempts, and whether it was asked again or fell back', () => {
    const told = witnessed().map(({ call, attempts }) => {
      const models = new Set(attempts.map(({ attributes }) => attributes['gen_ai.request.model']))
      const isDegraded = call.attributes['express_llm.outcome'] === 'degraded'
      if (models.size > 1) expect(isDegraded).toBe(true)
      const mark = isDegraded ? ' ⚠' : attempts.length > 1 ? ' ↻' : ''
      return `${attempts.length}${mark}`
    })
    expect(calls.rows.map((row) => row['attempts'])).toEqual(told)
    expect(told.filter((text) => text.endsWith('⚠')).length).toBeGreaterThan(2)
    expect(told.filter((text) => text.endsWith('↻')).length).toBeGreaterThan(2)
  })

  test('shows the tokens of all its attempts', () => {
    const told = witnessed().map(({ attempts }) =>
      attempts.length === 0
        ? ['–', '–']
        : [
            String(sum(attempts, 'gen_ai.usage.input_tokens')),
            String(sum(attempts, 'gen_ai.usage.output_tokens')),
          ],
    )
    expect(calls.rows.map((row) => [row['in'], row['out']])).toEqual(told)
  })

  test('costs what its attempts cost, to the nano-dollar', () => {
    for (const [index, request] of witnessed().entries()) {
      const { attempts } = request
      const shown = calls.rows[index]?.['cost'] ?? ''
      if (attempts.length === 0) expect(shown).toBe('–')
      else if (isUnpriced(request)) expect(shown).toBe('unknown')
      else {
        expect(nanoUsdOf(shown)).toBe(nanoUsd(attempts))
        const statuses = attempts.map(({ attributes }) => attributes['express_llm.cost.status'])
        expect(shown.startsWith('~')).toBe(statuses.includes('estimated'))
      }
    }
  })

  test('took no longer than its request, and no less than its attempts', () => {
    for (const [index, { server, attempts }] of witnessed().entries()) {
      const shown = calls.rows[index]?.['ms']
      const attemptsMs = attempts.reduce((total, { durationMs }) => total + durationMs, 0)
      // Spans and the report read different clocks; a millisecond is rounded away.
      expect(Number(shown)).toBeGreaterThanOrEqual(Math.floor(attemptsMs) - 2)
      expect(Number(shown)).toBeLessThanOrEqual(Math.ceil(server.durationMs) + 2)
    }
  })
})

describe('the providers', () => {
  const INSTANCES = { mistral_ai: 'mistral', 'gcp.gemini': 'gemini' } as const
  const instanceOf = ({ attributes }: CapturedSpan): string => {
    const provider = String(attributes['gen_ai.provider.name'])
    return INSTANCES[provider as keyof typeof INSTANCES] ?? provider
  }

  test('each logged as many requests as the spans have attempts at it, with the same ending', () => {
    const attempts = witnessed().flatMap((request) => request.attempts)
    for (const [instance, requests] of Object.entries(evidence.fakes)) {
      const mine = attempts.filter((span) => instanceOf(span) === instance)
      const endings = mine.map(({ attributes }) =>
        attributes['express_llm.attempt.outcome'] === 'success' ? 'answered' : 'fault',
      )
      expect([instance, ...requests.map(({ outcome }) => outcome)]).toEqual([instance, ...endings])
    }
    const shown = calls.rows.reduce((total, row) => total + Number.parseInt(row['attempts'] ?? '', 10), 0)
    expect(Object.values(evidence.fakes).flat().length).toBe(shown)
  })

  test('answered the tokens that are shown, which cost what the catalog says', () => {
    for (const [instance, requests] of Object.entries(evidence.fakes)) {
      const answered = requests.filter(({ outcome }) => outcome === 'answered')
      const rows = calls.rows.filter((row) => row['answered by']?.startsWith(`${instance}/`))
      expect(rows.length).toBe(answered.length)
      for (const [index, { model, usage }] of answered.entries()) {
        const row = rows[index]
        // An attempt that was cut off adds an estimate of its own.
        if (row === undefined || row['cost']?.startsWith('~')) continue
        expect([row['in'], row['out']]).toEqual([
          String(usage?.promptTokens),
          String(usage?.completionTokens),
        ])
        const tokens = { input_tokens: usage?.promptTokens ?? 0, output_tokens: usage?.completionTokens ?? 0 }
        const price = calcPrice(tokens, model ?? '', { providerId: instance })
        if (price === null) expect([instance, row['cost']]).toEqual(['ollama', 'unknown'])
        else expect(nanoUsdOf(row['cost'] ?? '')).toBe(Math.round(price.total_price * 1e9))
      }
    }
  })
})

describe('the sums', () => {
  test.each([
    ['Cost per user', 'user', (request: Witnessed) => request.call.attributes['user.id']],
    [
      'Cost per Express route',
      'Express route',
      (request: Witnessed) => request.server.attributes['http.route'],
    ],
  ])('under "%s" are those of the spans', (heading, title, nameOf) => {
    const { rows } = tableUnder(printed, heading)
    expect(rows.length).toBe(new Set(witnessed().map(nameOf)).size + 1)
    for (const row of rows) {
      const name = row[title]
      const mine = witnessed().filter((request) => name === 'all' || nameOf(request) === name)
      const attempts = mine.flatMap((request) => request.attempts)
      const unpriced = mine.filter(isUnpriced).length
      expect(row).toEqual({
        [title]: name,
        calls: String(mine.length),
        attempts: String(attempts.length),
        in: String(sum(attempts, 'gen_ai.usage.input_tokens')),
        out: String(sum(attempts, 'gen_ai.usage.output_tokens')),
        cost: row['cost'],
        'of it wasted': row['of it wasted'],
        'unpriced calls': unpriced === 0 ? '' : String(unpriced),
      })
      if (unpriced === mine.length) expect(row['cost']).toBe('unknown')
      else expect(nanoUsdOf(row['cost'] ?? '')).toBe(nanoUsd(attempts))
      const failed = attempts.filter(
        ({ attributes }) => attributes['express_llm.attempt.outcome'] !== 'success',
      )
      expect(nanoUsdOf(row['of it wasted'] ?? '')).toBe(nanoUsd(failed))
    }
  })

  test('are those of the router itself', () => {
    const all = tableUnder(printed, 'Cost per user').rows.at(-1)
    const { summary } = evidence
    expect(all).toMatchObject({
      calls: String(summary.calls),
      attempts: String(summary.attempts),
      in: String(summary.inputTokens),
      out: String(summary.outputTokens),
    })
    expect(nanoUsdOf(all?.['cost'] ?? '')).toBe(Math.round((summary.costUsd ?? Number.NaN) * 1e9))
    expect(nanoUsdOf(all?.['of it wasted'] ?? '')).toBe(Math.round((summary.wastedUsd ?? Number.NaN) * 1e9))
    expect(summary.costStatus).toBe('partial')
  })

  test('are those that the server spans were told request by request', () => {
    for (const { server, attempts } of witnessed()) {
      expect(numberOf(server, 'express_llm.request.attempt.count')).toBe(attempts.length)
      expect(nanoUsd([server], 'express_llm.request.cost.total')).toBe(nanoUsd(attempts))
    }
  })

  test('are in the sentences at the end as well', () => {
    const { summary } = evidence
    const answered = witnessed().filter(({ attempts }) => attempts.length > 0)
    const fallen = calls.rows.filter((row) => row['attempts']?.endsWith('⚠'))
    const end = printed.slice(printed.indexOf('\nIn all\n'))
    const numbers = [...end.matchAll(/\$?\d+(?:\.\d+)?/g)].map(([text]) => text)
    expect(numbers.slice(0, 6)).toEqual(
      [
        summary.calls,
        answered.length,
        fallen.length,
        summary.attempts,
        summary.inputTokens,
        summary.outputTokens,
      ].map(String),
    )
    expect(numbers.slice(6, 8).map((text) => nanoUsdOf(text))).toEqual(
      [summary.costUsd, summary.wastedUsd].map((usd) => Math.round((usd ?? Number.NaN) * 1e9)),
    )
    expect(numbers[8]).toBe(String(witnessed().filter(isUnpriced).length))
  })
})

describe('the trace', () => {
  test('is one that fell back: a line per span, with its time, tokens and cost', () => {
    const from = printed.indexOf('\nOne trace')
    const lines = printed
      .slice(from, printed.indexOf('\n\n', from + 1))
      .trim()
      .split('\n')
      .slice(1)
    const durations = lines.map((line) => Number(/ {2}([\d.]+) ms/.exec(line)?.[1]))
    const request = witnessed().find(
      ({ server }) => server.durationMs.toFixed(1) === durations[0]?.toFixed(1),
    )
    const spans = request ? [request.server, request.call, ...request.attempts] : []
    expect(durations).toEqual(spans.map(({ durationMs }) => Number(durationMs.toFixed(1))))
    expect(new Set(request?.attempts.map(({ attributes }) => attributes['gen_ai.request.model'])).size).toBe(
      2,
    )
    for (const [index, span] of spans.entries()) {
      expect(lines[index]).toContain(span.name)
      expect(lines[index]?.includes('ERROR')).toBe(span.status === 'error')
      const tokens = /(\d+) → (\d+) tokens/.exec(lines[index] ?? '')?.slice(1)
      if (span.kind === 'client') {
        expect(tokens?.map(Number)).toEqual([
          numberOf(span, 'gen_ai.usage.input_tokens'),
          numberOf(span, 'gen_ai.usage.output_tokens'),
        ])
      }
    }
  })
})

describe('what is printed', () => {
  test('fits 100 columns, and has no colours where there is no terminal', () => {
    const lines = printed.split('\n')
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    // oxlint-disable-next-line no-control-regex
    expect(printed).not.toMatch(/\u001B\[/)
  })

  test('shows progress: a line per request, in their order', () => {
    const counts = [...printed.matchAll(/^ *(\d+)\/(\d+) {2}\/(?:ask|summarize|embed|redact)/gm)].map(
      ([, count]) => Number(count),
    )
    expect(counts).toEqual(calls.rows.map((_row, index) => index + 1))
  })
})

describe('the README', () => {
  const path = new URL('../../README.md', import.meta.url)
  const BLOCK = /<!-- demo -->\n+```text\n([^]*?)```\n+<!-- end -->/

  /** What a line says, whatever the time it took. */
  function shape(line: string): string {
    return line
      .replaceAll(/ +\d+(?:\.\d+)?(?= ms|$)/g, ' 0')
      .replaceAll(/ {2,}/g, ' ')
      .replaceAll(/─+/g, '─')
      .trim()
  }

  test('shows parts of what is printed (UPDATE_DOCS=1 writes them)', () => {
    const text = readFileSync(path, 'utf8')
    if (process.env['UPDATE_DOCS'] === '1') {
      writeFileSync(
        path,
        text.replace(BLOCK, `<!-- demo -->\n\n\`\`\`text\n${excerpt()}\n\`\`\`\n\n<!-- end -->`),
      )
      return
    }
    const shown =
      BLOCK.exec(text)?.[1]
        ?.split('\n')
        .filter((line) => line !== '' && line !== '…') ?? []
    const shapes = new Set(printed.split('\n').map(shape))
    expect(shown.length).toBeGreaterThan(20)
    expect(shown.filter((line) => !shapes.has(shape(line)))).toEqual([])
  })

  test('says how many requests and providers there are', () => {
    const text = readFileSync(path, 'utf8')
    expect(Object.keys(evidence.fakes).length).toBe(6)
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      `with six fake providers that fail now and then, sends it ${calls.rows.length} requests`,
    )
  })

  function excerpt(): string {
    const lines = printed.split('\n')
    const from = lines.indexOf('The calls')
    const legend = lines.findIndex((line) => line.startsWith('↻'))
    const routes = lines.indexOf('Cost per Express route')
    return [...lines.slice(from, from + 16), '…', ...lines.slice(legend, routes)].join('\n').trimEnd()
  }
})

describe('without --once', () => {
  test(
    'goes on serving: three curls show an answer, a retry and a fallback, and SIGTERM ends it cleanly',
    async () => {
      const demo = runDemo([], {})
      onTestFinished(() => demo.kill('SIGKILL'))
      const [, curl = ''] = await demo.until(/^ +(curl .+)$/m)
      await demo.until(/Ctrl-C/)
      expect(demo.text()).toContain('ask three times')
      const told = []
      for (let each = 0; each < 3; each++) {
        const { stdout } = await promisify(execFile)('sh', ['-c', curl])
        const { answer, how, report } = JSON.parse(stdout) as {
          answer: string
          how: string
          report: CallReport
        }
        expect(answer).toContain('blue')
        expect(report).toMatchObject({ user: 'ana', route: '/ask', tier: 'premium' })
        told.push(how)
      }
      expect(told).toEqual([
        'openai/gpt-4o',
        'openai/gpt-4o 503, ok',
        'openai/gpt-4o cut off, cut off → anthropic/claude-sonnet-4-6',
      ])
      demo.kill('SIGTERM')
      expect(await demo.ended()).toEqual({ code: 0, signal: null })
    },
    TIMEOUT_MS,
  )

  test(
    'says in words that it does not know an option, and starts nothing',
    { timeout: TIMEOUT_MS },
    async () => {
      const demo = runDemo(['--onze'], {})
      expect((await demo.ended()).code).toBe(2)
      expect(demo.text()).toBe('The demo knows --once and nothing else, so not "--onze".\n')
    },
  )

  test('says in words that a port is taken', { timeout: TIMEOUT_MS }, async () => {
    const first = runDemo([], {})
    onTestFinished(() => first.kill('SIGKILL'))
    const [, port = ''] = await first.until(/http:\/\/127\.0\.0\.1:(\d+)/)
    const second = runDemo([], { PORT: port })
    onTestFinished(() => second.kill('SIGKILL'))
    expect((await second.ended()).code).toBe(1)
    expect(second.text().trim()).toBe(`Port ${port} is taken. Choose another: PORT=3001 npm run demo`)
    first.kill('SIGINT')
    expect(await first.ended()).toEqual({ code: 0, signal: null })
  })
})

describe('the words for an attempt', () => {
  test('tell a connection that was never made from one that broke', async () => {
    const fake = await createFakeProvider({ script: [{ fault: 'reset-mid-body' }] })
    const away = await createFakeProvider()
    await away.stop()
    const router = createRouter({
      tiers: { any: ['away/any', 'fake/any'] },
      providers: { away: { baseUrl: away.baseUrl }, fake: { baseUrl: fake.baseUrl } },
      retry: { retriesPerTarget: 0, maxAttempts: 2 },
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    })
    onTestFinished(async () => {
      await router.close()
      await fake.close()
    })
    const failed = await router.ask('Anybody there?').catch((error: LlmError) => error)
    expect(failed instanceof LlmError && failed.report && story(failed.report)).toBe(
      'away/any no connection → fake/any cut off',
    )
  })
})
