import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aFake } from '../../support/app.ts'
import { anOtlpReceiver, type OtlpReceiver, type OtlpSpan } from './otlp-receiver.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const ASK = fileURLToPath(new URL('apps/ask.ts', import.meta.url))
const FINISHED = fileURLToPath(new URL('apps/finished.mjs', import.meta.url))
const NOTHING = fileURLToPath(new URL('apps/nothing.mjs', import.meta.url))

interface RunningApp {
  readonly child: ChildProcess
  readonly output: () => { readonly stdout: string; readonly stderr: string }
  /** Exit code and signal. */
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>
}

/** `node --import register.ts app`, killed when the test is done. */
function run(app: string, env: Record<string, string>, home = ROOT): RunningApp {
  const child = spawn(process.execPath, ['--import', join(home, 'src/register.ts'), app], {
    cwd: home,
    // Older releases of Node warn about what the tests use and the package does not (types in sources).
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (code, signal) => resolve([code, signal]))
  })
  return { child, output: () => ({ stdout, stderr }), ended }
}

async function portOf({ child, ended, output }: RunningApp): Promise<number> {
  const message = new Promise<{ port: number }>((resolve) => {
    child.once('message', (told) => resolve(told as { port: number }))
  })
  const first = await Promise.race([message, ended])
  if (!('port' in first)) throw new Error(`the app ended: ${output().stderr}`)
  return first.port
}

function exportTo(receiver: OtlpReceiver): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }
}

interface Asked {
  readonly report: {
    readonly traceId?: string
    readonly costUsd: number
    readonly attempts: readonly object[]
  }
  readonly summary: { readonly costUsd: number; readonly inputTokens: number; readonly outputTokens: number }
}

async function ask(port: number): Promise<Asked> {
  const response = await fetch(`http://127.0.0.1:${port}/ask/7`, {
    method: 'POST',
    headers: { connection: 'close', 'content-type': 'application/json' },
    body: '{}',
  })
  return (await response.json()) as Asked
}

/** An app with one provider whose first target fails, a collector, and one question asked. */
async function anAskedApp(env: Record<string, string> = {}) {
  const receiver = await anOtlpReceiver()
  const fake = await aFake({ script: [{ status: 429, retryAfter: 60 }] })
  const app = run(ASK, { ...exportTo(receiver), FAKE_BASE_URL: fake.baseUrl, ...env })
  const asked = await ask(await portOf(app))
  return { receiver, app, asked }
}

function only(spans: readonly OtlpSpan[], isWanted: (span: OtlpSpan) => boolean): OtlpSpan {
  const [span, ...others] = spans.filter(isWanted)
  if (span === undefined || others.length > 0) throw new Error(`${others.length + 1} spans instead of one`)
  return span
}

describe('node --import express-llm/register', () => {
  test('shows a request from the server span to its attempts, and the server span sums them up', async () => {
    const { receiver, app, asked } = await anAskedApp()
    app.child.kill('SIGTERM')
    expect(await app.ended).toEqual([null, 'SIGTERM'])

    const { spans } = receiver
    const server = only(spans, ({ kind }) => kind === 2)
    const call = only(spans, ({ name }) => name === 'route cheap')
    const attempts = spans.filter(({ name }) => name.startsWith('chat '))
    expect(server.name).toBe('POST /ask/:id')
    expect(server.attributes).toMatchObject({
      'express_llm.request.call.count': 1,
      'express_llm.request.attempt.count': 2,
      'express_llm.request.cost.total': asked.summary.costUsd,
      'express_llm.request.input_tokens': asked.summary.inputTokens,
      'express_llm.request.output_tokens': asked.summary.outputTokens,
    })
    expect(call.attributes).toMatchObject({
      'http.route': '/ask/:id',
      'express_llm.outcome': 'degraded',
      'express_llm.cost.total': asked.report.costUsd,
    })
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([asked.report.traceId]))
    expect(attempts.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
      ['chat a', call.spanId],
      ['chat b', call.spanId],
    ])
    const layer = only(spans, ({ spanId }) => spanId === call.parentSpanId)
    expect([layer.scope, layer.name]).toEqual(['@opentelemetry/instrumentation-express', 'request handler'])
    expect(receiver.metricNames).toContain('express_llm.cost.spent')
    expect(receiver.metricNames).toContain('gen_ai.client.inference.duration')
    expect(app.output().stderr).toBe('')
  })

  test('sends everything when the app ends by itself', async () => {
    const { receiver, app } = await anAskedApp({ ENDS: 'by-itself' })
    expect(await app.ended).toEqual([0, null])
    expect(receiver.spans.map(({ name }) => name)).toContain('route cheap')
    expect(receiver.metricNames).toContain('express_llm.call.duration')
  })

  test('leaves the end to an app that handles the signal, which can wait for the last spans', async () => {
    const { receiver, app } = await anAskedApp({ ENDS: 'by-its-own-handler' })
    app.child.kill('SIGTERM')
    expect(await app.ended).toEqual([7, null])
    expect(receiver.spans.map(({ name }) => name)).toContain('route cheap')
  })

  test('ends in time although nobody takes the last spans', async () => {
    const { app } = await anAskedApp({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
    app.child.kill('SIGINT')
    expect(await app.ended).toEqual([null, 'SIGINT'])
    expect(app.output().stderr).toContain('did not take the last spans')
  })

  test('lets a finished script end in time, with its own exit code, although the collector is dead', async () => {
    const startedAtMs = performance.now()
    const app = run(FINISHED, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
    expect(await app.ended).toEqual([5, null])
    // The flush gives up after 3 s; the exporter itself would go on for 8 to 10.
    expect(performance.now() - startedAtMs).toBeLessThan(7_000)
    expect(app.output().stderr).toContain('did not take the last spans')
  })

  test('cuts off nothing that the app itself begins when there is nothing left to do', async () => {
    const app = run(FINISHED, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '3300',
      LAST_WORDS_MS: '3600',
    })
    expect(await app.ended).toEqual([5, null])
    expect(app.output().stdout).toBe('last words')
  })

  test('says in one line how to send spans somewhere, and lets the app run', async () => {
    const app = run(NOTHING, {})
    expect(await app.ended).toEqual([0, null])
    const { stdout, stderr } = app.output()
    expect(stdout).toBe('the app ran')
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^express-llm\/register: nothing is recorded.*OTEL_EXPORTER_OTLP_ENDPOINT/),
    ])
  })

  test.each([
    [{ OTEL_SDK_DISABLED: 'true' }],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }],
  ])('says nothing with %j', async (env) => {
    const app = run(NOTHING, env)
    expect(await app.ended).toEqual([0, null])
    expect(app.output()).toEqual({ stdout: 'the app ran', stderr: '' })
  })

  test('prints spans where OTEL_TRACES_EXPORTER is console', async () => {
    const fake = await aFake()
    const app = run(ASK, { OTEL_TRACES_EXPORTER: 'console', FAKE_BASE_URL: fake.baseUrl, ENDS: 'by-itself' })
    await ask(await portOf(app))
    expect(await app.ended).toEqual([0, null])
    expect(app.output().stdout).toContain("name: 'chat a'")
  })
})

/** A folder with our sources and only these packages. */
function aHomeWith(...packages: readonly string[]): string {
  const home = mkdtempSync(join(tmpdir(), 'express-llm-register-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  cpSync(join(ROOT, 'src'), join(home, 'src'), { recursive: true })
  cpSync(NOTHING, join(home, 'app.mjs'))
  mkdirSync(join(home, 'node_modules/@opentelemetry'), { recursive: true })
  for (const name of packages) {
    symlinkSync(
      join(ROOT, 'node_modules/@opentelemetry', name),
      join(home, 'node_modules/@opentelemetry', name),
    )
  }
  return home
}

describe('a package that is not installed is named, and the app runs', () => {
  test.each([
    [['api'], ['npm install @opentelemetry/sdk-node']],
    [
      ['api', 'sdk-node'],
      [
        'npm install @opentelemetry/instrumentation-http',
        'npm install @opentelemetry/instrumentation-express',
      ],
    ],
    [['api', 'sdk-node', 'instrumentation-http', 'instrumentation-express'], []],
  ])('with %j', async (packages, missing) => {
    const home = aHomeWith(...packages)
    const app = run(join(home, 'app.mjs'), { OTEL_TRACES_EXPORTER: 'console' }, home)
    expect(await app.ended).toEqual([0, null])
    const { stdout, stderr } = app.output()
    expect(stdout).toBe('the app ran')
    const lines = stderr.split('\n').filter((line) => line !== '')
    expect(lines).toEqual(missing.map((command) => expect.stringContaining(command)))
  })
})
