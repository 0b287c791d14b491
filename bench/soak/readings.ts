/** The ways in which an app can read a stream, and leave it. Each ends when its call has settled. */
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions, CallReport, Llm, LlmStream } from 'express-llm'
import { promptOf, type Reading, type Scenario } from './scenario.ts'
import { LEFT_TEXT } from './wire.ts'

export interface ReadingContext {
  readonly llm: Llm
  readonly res: ServerResponse
  readonly scenario: Scenario
  readonly options: CallOptions
  /** A call begins. */
  begin(): void
  /** Its report, or the promise of it. */
  reported(report: CallReport | Promise<CallReport>): void
}

export const READ: Readonly<Record<Exclude<Reading, 'door'>, (context: ReadingContext) => Promise<void>>> = {
  pipe: async (context) => void (await (await open(context)).pipe(context.res)),
  iterate: (context) => iterate(context, () => undefined),
  'iterate-slowly': (context) => iterate(context, () => sleep(1)),
  break: async (context) => leaveAfter(context, await open(context), () => undefined),
  abort: async (context) => {
    const stream = await open(context)
    await leaveAfter(context, stream, () => stream.abort())
  },
  signal: (context) => {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), context.scenario.delayMs)
    return iterate(withOptions(context, { signal: controller.signal }), () => undefined).finally(() =>
      clearTimeout(timer),
    )
  },
  deadline: (context) =>
    iterate(withOptions(context, { timeout: 1 + context.scenario.delayMs }), () => undefined),
  async abandon(context) {
    const stream = await open(context)
    await stream.report
    context.res.end(LEFT_TEXT)
  },
  async tee(context) {
    const [one, other] = (await open(context)).tee()
    await Promise.all([writeChunks(context, one, () => undefined), readAll(other)])
    context.res.end(DONE_TEXT)
  },
  web: (context) => readWeb(context, Number.POSITIVE_INFINITY),
  'web-cancel': (context) => readWeb(context, context.scenario.after),
  helper: (context) => helper(context, Number.POSITIVE_INFINITY),
  'helper-abort': (context) => helper(context, context.scenario.after),
  async response(context) {
    context.begin()
    const call = context.llm.chat.completions.create(streamParams(context), context.options)
    const response = await call.asResponse().catch((error: unknown) => tellError(context, error))
    context.reported((await call.withReport()).report)
    await passOn(context, response, Number.POSITIVE_INFINITY)
  },
  fetch: (context) => readFetch(context, Number.POSITIVE_INFINITY),
  'fetch-cancel': (context) => readFetch(context, context.scenario.after),
  detached: async (context) => {
    const stream = await open(withOptions(context, { detached: true }))
    await stream.pipe(context.res)
  },
  async whole(context) {
    context.begin()
    const call = context.llm.chat.completions.create(paramsOf(context), context.options)
    const { data, report } = await call.withReport().catch((error: unknown) => tellError(context, error))
    context.reported(report)
    const [choice] = data.choices
    const delta = { content: choice?.message.content ?? '' }
    context.res.end(
      textOf({ choices: [{ index: 0, delta, finish_reason: choice?.finish_reason }] }) + DONE_TEXT,
    )
  },
}

const DONE_TEXT = 'data: [DONE]\n\n'

function withOptions(context: ReadingContext, options: CallOptions): ReadingContext {
  return { ...context, options: { ...context.options, ...options } }
}

function paramsOf({ scenario }: ReadingContext) {
  return { messages: [{ role: 'user' as const, content: promptOf(scenario.number) }] }
}

function streamParams(context: ReadingContext) {
  return { ...paramsOf(context), stream: true as const }
}

async function open(context: ReadingContext): Promise<LlmStream> {
  context.begin()
  const call = context.llm.chat.completions.create(streamParams(context), context.options)
  const { data, report } = await call.withReport().catch((error: unknown) => tellError(context, error))
  context.reported(report)
  return data
}

/** A failed call's report comes with its error. */
function tellError(context: ReadingContext, error: unknown): never {
  const report: unknown = error instanceof Error && 'report' in error ? error.report : undefined
  if (isReport(report)) context.reported(report)
  throw error
}

function isReport(value: unknown): value is CallReport {
  return typeof value === 'object' && value !== null && 'callId' in value
}

async function iterate(context: ReadingContext, pause: () => unknown): Promise<void> {
  await writeChunks(context, await open(context), pause)
  context.res.end(DONE_TEXT)
}

async function writeChunks(
  { res }: ReadingContext,
  stream: AsyncIterable<object>,
  pause: () => unknown,
): Promise<void> {
  for await (const chunk of stream) {
    res.write(textOf(chunk))
    await pause()
  }
}

function textOf(chunk: object): string {
  return `data: ${JSON.stringify(chunk)}\n\n`
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _chunk of stream);
}

/** A stream that ends before that is left nonetheless: to the client it looks the same. */
async function leaveAfter(
  { res, scenario }: ReadingContext,
  stream: LlmStream,
  leave: () => void,
): Promise<void> {
  let count = 0
  for await (const chunk of stream) {
    res.write(textOf(chunk))
    count += 1
    if (count < scenario.after) continue
    leave()
    break
  }
  await stream.report
  res.end(LEFT_TEXT)
}

/** Lines of JSON, as the client's `toReadableStream()` has them. */
async function readWeb(context: ReadingContext, maxReads: number): Promise<void> {
  const stream = await open(context)
  const reader = stream.toReadableStream().getReader()
  const decoder = new TextDecoder()
  for (let reads = 1; ; reads += 1) {
    const { done, value } = await reader.read()
    if (done) break
    const lines = decoder.decode(asBytes(value)).split('\n')
    for (const line of lines) if (line !== '') context.res.write(`data: ${line}\n\n`)
    if (reads < maxReads) continue
    await reader.cancel()
    await stream.report
    context.res.end(LEFT_TEXT)
    return
  }
  context.res.end(DONE_TEXT)
}

function asBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError('toReadableStream() gave something else than bytes')
}

/** The client's own helper, which puts the answer together. */
async function helper(context: ReadingContext, maxChunks: number): Promise<void> {
  context.begin()
  const runner = context.llm.chat.completions.stream(paramsOf(context), context.options)
  context.reported(runner.report)
  let chunks = 0
  runner.on('chunk', (chunk) => {
    context.res.write(textOf(chunk))
    chunks += 1
    if (chunks === maxChunks) runner.abort()
  })
  try {
    await runner.done()
  } finally {
    await runner.report
  }
  context.res.end(DONE_TEXT)
}

async function readFetch(context: ReadingContext, maxReads: number): Promise<void> {
  context.begin()
  const body = JSON.stringify({ model: 'soak', ...streamParams(context) })
  const headers = { 'content-type': 'application/json' }
  const response = await context.llm.fetch('http://llm/v1/chat/completions', {
    method: 'POST',
    headers,
    body,
  })
  await passOn(context, response, maxReads)
}

/** Events as they are. */
async function passOn({ res }: ReadingContext, { status, body }: Response, maxReads: number): Promise<void> {
  if (!res.headersSent) res.statusCode = status
  let reads = 0
  for await (const bytes of body ?? []) {
    res.write(bytes)
    reads += 1
    // Leaving the loop cancels the body.
    if (reads === maxReads) break
  }
  res.end(reads === maxReads ? LEFT_TEXT : undefined)
}
