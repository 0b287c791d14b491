import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import type { CallReport } from '../../src/core/report.ts'
import { createRouter, type Router } from '../../src/surface/router.ts'
import {
  createFakeProvider,
  type FakeProvider,
  type FakeProviderServerOptions,
} from '../../src/testing/fake/provider.ts'

/** A fake provider that is gone when the test is. */
export async function aFake(options: FakeProviderServerOptions = {}): Promise<FakeProvider> {
  const fake = await createFakeProvider(options)
  onTestFinished(() => fake.close())
  return fake
}

/** Provider entries for fakes, by instance name. */
export function providersOf(
  fakes: Readonly<Record<string, FakeProvider>>,
): NonNullable<RouterOptions['providers']> {
  return Object.fromEntries(
    Object.entries(fakes).map(([name, fake]) => [name, { baseUrl: fake.baseUrl, apiKey: `key-of-${name}` }]),
  )
}

/** A router that is closed when the test is done; its log lines are kept. */
export function aRouter(options: Omit<RouterOptions, 'env'>): { router: Router; lines: LogLine[] } {
  const lines: LogLine[] = []
  const router = createRouter({ logger: keptLogger(lines), env: {}, ...options })
  onTestFinished(() => router.close())
  return { router, lines }
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export function keptLogger(lines: LogLine[]): NonNullable<RouterOptions['logger']> {
  const keep =
    (level: string) =>
    (message: string, fields: object = {}): void => {
      lines.push({ level, message, fields: { ...fields } })
    }
  return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}

/** Serves an app on a free port until the test is done. */
export async function served(
  app: RequestListener | ((req: IncomingMessage, res: ServerResponse) => void),
): Promise<string> {
  const server: Server = createServer(app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}

/** One user message. */
export function saying(content: string): { messages: [{ role: 'user'; content: string }] } {
  return { messages: [{ role: 'user', content }] }
}

/** How a call went, answered or not. What fails for another reason than the call fails here too. */
export async function reportOf(call: Promise<{ readonly report: CallReport }>): Promise<CallReport> {
  try {
    return (await call).report
  } catch (error) {
    if (error instanceof LlmError && error.report !== undefined) return error.report
    throw error
  }
}
