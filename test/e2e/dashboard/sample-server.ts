/** A cost API over made-up calls, with the page before it: rich data for what is to be seen, and faults on demand. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { spanAt } from '../../../src/core/calendar.ts'
import type {
  BudgetReport,
  BudgetsReport,
  CallDetail,
  CallEntry,
  CallsReport,
  HealthReport,
  LedgerHealth,
} from '../../../src/core/costs.ts'
import { readPageFiles } from '../../../src/endpoints/page-files.ts'
import { servePage } from '../../../src/endpoints/serve-page.ts'
import { HOSTILE_USER, NOW_MS, sampleCall, sampleCalls } from './sample-calls.ts'
import { sampleCosts, type CostsAsked } from './sample-costs.ts'

/** What tests may change while a page looks. */
export interface Sample {
  calls: readonly CallDetail[]
  timeZone: string
  budgets: readonly BudgetReport[]
  health: Omit<HealthReport, 'ledger'> & { readonly ledger: LedgerHealth }
  /** Every report is this status, at 503 all but `/health`; 0 cuts the connection. Undefined: all is well. */
  fault: number | undefined
  /** Why the ledger cannot be read, where the fault is 503. */
  reason: string
  /** Reports wait for this. */
  hold: Promise<void> | undefined
}

export interface SampleServer {
  readonly url: string
  readonly sample: Sample
  close(): Promise<void>
}

export async function serveSample(changes: Partial<Sample> = {}): Promise<SampleServer> {
  const sample: Sample = {
    calls: SAMPLE_CALLS,
    timeZone: 'UTC',
    budgets: sampleBudgets(),
    health: sampleHealth(),
    fault: undefined,
    reason: 'ledger_locked',
    hold: undefined,
    ...changes,
  }
  const files = readPageFiles('Acme costs')
  const server = createServer((req, res) => {
    const path = new URL(req.url ?? '/', 'http://page').pathname.replace(/^\/llm/, '') || '/'
    const file = files.get(path)
    if (file === undefined) void serveReport(sample, req, res)
    else servePage(req, res, file)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/llm/`,
    sample,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const SAMPLE_CALLS = sampleCalls()

async function serveReport(sample: Sample, req: IncomingMessage, res: ServerResponse): Promise<void> {
  await sample.hold
  if (sample.fault === 0) {
    res.destroy()
    return
  }
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://page')
  const path = pathname.replace(/^\/llm/, '')
  const fault = sample.fault === 503 && path === '/health' ? undefined : sample.fault
  const body = fault === undefined ? reportAt(sample, path, searchParams) : undefined
  const status = fault ?? (body === undefined ? 404 : 200)
  res.statusCode = status
  if (status === 401) res.setHeader('www-authenticate', 'Cookie')
  res.setHeader('content-type', status === 200 ? 'application/json' : 'application/problem+json')
  const problem = status === 503 ? { ...PROBLEMS[503], reason: sample.reason } : PROBLEMS[status]
  res.end(JSON.stringify(status === 200 ? body : problem))
}

const PROBLEMS: Readonly<Record<number, object>> = {
  401: { status: 401, code: 'unauthorized', title: 'Who are you?', detail: 'Sign in to see this.' },
  403: { status: 403, code: 'forbidden', title: 'This is not open to you', detail: 'You may not see this.' },
  404: {
    status: 404,
    code: 'not_found',
    title: 'There is nothing here',
    detail: 'The ledger has no such call (any more).',
  },
  503: {
    status: 503,
    code: 'ledger_unavailable',
    title: 'The ledger is unavailable',
    detail: 'The ledger (sqlite) cannot be read now (ledger_locked).',
  },
}

function reportAt(sample: Sample, path: string, query: URLSearchParams): unknown {
  const [, callId] = /^\/calls\/(.+)$/.exec(path) ?? []
  if (callId !== undefined) return sample.calls.find((call) => call.callId === decodeURIComponent(callId))
  switch (path) {
    case '/costs':
    case '/costs/today':
      return sampleCosts(sample.calls, costsAsked(sample, path, query))
    case '/calls':
      return callsAt(sample.calls, query)
    case '/budgets':
      return { budgets: sample.budgets, isCut: false } satisfies BudgetsReport
    case '/health':
      return sample.health satisfies HealthReport
    default:
      return undefined
  }
}

function costsAsked({ timeZone }: Sample, path: string, query: URLSearchParams): CostsAsked {
  const today = spanAt('day', NOW_MS, timeZone)
  const by = query.get('by')
  const interval = query.get('interval')
  const isToday = path === '/costs/today'
  return {
    fromMs: isToday ? today.startMs : Date.parse(query.get('from') ?? ''),
    toMs: isToday ? today.endMs : Date.parse(query.get('to') ?? ''),
    nowMs: NOW_MS,
    timeZone,
    ...(by === null ? {} : { by: by as NonNullable<CostsAsked['by']> }),
    ...(interval === null ? {} : { interval: interval as 'hour' | 'day' }),
  }
}

function callsAt(all: readonly CallDetail[], query: URLSearchParams): CallsReport {
  const { from, to, before, limit, ...filter } = Object.fromEntries(query)
  const start = before === undefined ? 0 : Number(before)
  const fitting = all.filter(
    (call) =>
      (from === undefined || call.at >= from) &&
      (to === undefined || call.at < to) &&
      Object.entries(filter).every(
        ([name, value]) => String(call[(name === 'model' ? 'target' : name) as keyof CallEntry]) === value,
      ),
  )
  const end = start + Number(limit ?? 50)
  return {
    calls: fitting
      .slice(start, end)
      .map(
        ({
          attemptList: _attempts,
          decision: _decision,
          complexity: _complexity,
          confidence: _confidence,
          propensity: _propensity,
          ...entry
        }) => entry,
      ),
    ...(end < fitting.length ? { next: String(end) } : {}),
  }
}

/** A call that comes in while a page looks. */
export function aNewCall(name: string, atMs = NOW_MS): CallDetail {
  return sampleCall(atMs, () => 0.41, name)
}

function sampleBudgets(): readonly BudgetReport[] {
  const day = spanAt('day', NOW_MS, 'UTC')
  const month = spanAt('month', NOW_MS, 'UTC')
  const hour = spanAt('hour', NOW_MS, 'UTC')
  const spent = (from: number, filter: Partial<CallDetail>): number =>
    SAMPLE_CALLS.filter(
      ({ at, ...call }) =>
        Date.parse(at) >= from &&
        Object.entries(filter).every(([name, value]) => call[name as 'user'] === value),
    ).reduce((sum, { costUsd = 0 }) => sum + costUsd, 0)
  const budget = (
    given: Pick<BudgetReport, 'budget' | 'per' | 'value' | 'window' | 'limitUsd' | 'state'> &
      Partial<BudgetReport>,
  ): BudgetReport => {
    const span = { hour, day, month }[given.window]
    const filter = given.per === 'all' ? {} : { [given.per]: given.value }
    const spentUsd = given.spentUsd ?? spent(span.startMs, filter)
    return {
      timeZone: 'UTC',
      startsAt: new Date(span.startMs).toISOString(),
      endsAt: new Date(span.endMs).toISOString(),
      heldUsd: 0,
      isDryRun: false,
      ...given,
      spentUsd,
      share: spentUsd / given.limitUsd,
    }
  }
  return [
    budget({
      budget: 'per-user',
      per: 'user',
      value: 'ana@acme.example',
      window: 'day',
      limitUsd: 0.2,
      state: 'exceeded',
      spentUsd: 0.2031,
    }),
    budget({
      budget: 'team',
      per: 'tenant',
      value: 'acme',
      window: 'month',
      limitUsd: 12,
      state: 'alert',
      heldUsd: 0.004,
    }),
    budget({
      budget: 'everything',
      per: 'all',
      value: null,
      window: 'month',
      limitUsd: 40,
      state: 'ok',
      heldUsd: 0.0123,
    }),
    budget({
      budget: 'per-user',
      per: 'user',
      value: HOSTILE_USER,
      window: 'day',
      limitUsd: 0.25,
      state: 'ok',
    }),
    budget({
      budget: 'premium',
      per: 'tier',
      value: 'premium',
      window: 'day',
      limitUsd: 0.6,
      state: 'degraded',
    }),
    budget({
      budget: 'search',
      per: 'route',
      value: 'POST /search',
      window: 'hour',
      limitUsd: 0.05,
      state: 'ok',
      isDryRun: true,
      spentUsd: 0.0000092,
    }),
  ]
}

function sampleHealth(): Sample['health'] {
  return {
    isReady: true,
    targets: [
      { target: 'openai/gpt-4o', state: 'closed', failureRate: 0.021, inFlight: 3 },
      { target: 'anthropic/claude-sonnet-4-6', state: 'closed', failureRate: 0, inFlight: 1 },
      {
        target: 'groq/openai/gpt-oss-20b',
        state: 'open',
        failureRate: 0.62,
        inFlight: 0,
        availableInMs: 3_400,
      },
      { target: 'mistral/mistral-small-latest', state: 'recovering', failureRate: 0.2, inFlight: 1 },
      { target: 'gemini/gemini-2.5-flash', state: 'closed', failureRate: 0.034, inFlight: 2 },
      {
        target: 'deepseek/deepseek-chat',
        state: 'closed',
        inFlight: 0,
        cooldown: { cause: 'quota', endsInMs: 512_000 },
        availableInMs: 512_000,
      },
      { target: 'openai/gpt-4o-mini', state: 'half-open', failureRate: 0.5, inFlight: 1 },
      { target: 'ollama/llama3.2', state: 'closed', failureRate: 0, inFlight: 0 },
    ],
    ledger: { store: 'sqlite', isUp: true, queued: 0, written: 12_873, dropped: 0, failures: 0 },
  }
}
