import { describe, expect, test } from 'vitest'
import { CallAborted } from '../../../src/core/abort.ts'
import type { ProviderStream, StreamPart } from '../../../src/core/provider-stream.ts'
import { fromAiSdk } from '../../../src/providers/ai-sdk.ts'
import { createAiSdkAdapter } from '../../../src/providers/ai-sdk-adapter.ts'
import type { AiSdkCallOptions, AiSdkModel } from '../../../src/providers/ai-sdk-model.ts'

type DoStream = NonNullable<AiSdkModel['doStream']>

/** A model of version 2, made by hand. */
function aModel(doStream?: DoStream): AiSdkModel {
  return {
    specificationVersion: 'v2',
    provider: 'acme.chat',
    modelId: 'm',
    doGenerate: () => Promise.reject(new Error('not asked')),
    ...(doStream === undefined ? {} : { doStream }),
  }
}

function adapterOf(doStream?: DoStream) {
  return createAiSdkAdapter(fromAiSdk(aModel(doStream)))
}

function open(doStream: DoStream, parts: object = {}): Promise<ProviderStream> {
  const options = {
    target: { instance: 'i' },
    signal: new AbortController().signal,
    timeoutMs: 1000,
    ...parts,
  }
  return adapterOf(doStream).stream({ messages: [{ role: 'user', content: 'secret?' }] }, options as never)
}

/** The stream of a model that gives these parts, then does something, or ends. */
function streamOf(
  parts: readonly unknown[],
  then = (control: ReadableStreamDefaultController<unknown>): void => control.close(),
): Promise<ProviderStream> {
  const stream = new ReadableStream({
    start(control) {
      for (const part of parts) control.enqueue(part)
      then(control)
    },
  })
  return open(() => Promise.resolve({ stream }))
}

const text = (delta: string): object => ({ type: 'text-delta', id: '0', delta })
const FINISH = { type: 'finish', finishReason: 'stop', usage: { inputTokens: 9, outputTokens: 4 } }

function textOf(parts: readonly StreamPart[] | undefined): string {
  return (parts ?? []).map(({ chunk }) => chunk.choices[0]?.delta.content ?? '').join('')
}

/** What a stream said until it ended, and the failure that ended it. */
async function readAll(
  stream: ProviderStream,
): Promise<{ said: string; reasons: unknown[]; failure: unknown }> {
  let said = ''
  const reasons: unknown[] = []
  try {
    for (let parts = await stream.read(); parts !== undefined; parts = await stream.read()) {
      said += textOf(parts)
      reasons.push(...parts.map(({ chunk }) => chunk.choices[0]?.finish_reason).filter(Boolean))
    }
    return { said, reasons, failure: undefined }
  } catch (thrown) {
    return { said, reasons, failure: Reflect.get(thrown as object, 'failure') }
  }
}

describe('a model', () => {
  test('without doStream does not stream', async () => {
    const adapter = adapterOf()
    expect(adapter.streamingUnsupported).toMatch(/does not stream/)
    await expect(adapter.stream({ messages: [] }, {} as never)).rejects.toMatchObject({
      failure: { kind: 'invalid-request', wasSent: false },
    })
    expect(adapterOf(() => Promise.resolve({})).streamingUnsupported).toBeUndefined()
  })

  test('is asked with the call as doGenerate is, and keeps its this', async () => {
    const asked: AiSdkCallOptions[] = []
    const model = {
      ...aModel(),
      parts: [text('Hi.'), FINISH],
      doStream(options: AiSdkCallOptions) {
        asked.push(options)
        return Promise.resolve({ stream: ReadableStream.from(this.parts) })
      },
    }
    const options = {
      target: { instance: 'i' },
      signal: new AbortController().signal,
      timeoutMs: 1000,
      headers: { 'x-call': 'c' },
      idempotencyKey: 'once',
    }
    const params = { messages: [{ role: 'user' as const, content: 'Hello?' }], max_tokens: 5, user: 'u' }
    const stream = await createAiSdkAdapter(fromAiSdk(model)).stream(params, options as never)
    expect((await readAll(stream)).said).toBe('Hi.')
    expect(asked).toMatchObject([
      { maxOutputTokens: 5, headers: { 'x-call': 'c', 'Idempotency-Key': 'once' } },
    ])
    expect(asked[0]?.abortSignal?.aborted).toBe(false)
    expect(stream.droppedParams).toEqual(['user'])
  })

  test('tells headers, usage and ignored settings', async () => {
    const start = { type: 'stream-start', warnings: [{ type: 'unsupported-setting', setting: 'seed' }] }
    const stream = await open(() =>
      Promise.resolve({
        stream: ReadableStream.from([start, text('Hi.'), FINISH]),
        response: { headers: { 'request-id': 'req_1', 'x-limit': '7', 'no name': 'x', 'x-bad': 'a\nb' } },
      }),
    )
    expect(stream.upstreamRequestId).toBe('req_1')
    expect(stream.head.status).toBe(200)
    expect(Object.fromEntries(stream.head.headers)).toEqual({ 'request-id': 'req_1', 'x-limit': '7' })
    expect(stream.usage()).toBeUndefined()
    await readAll(stream)
    expect(stream.droppedParams).toEqual(['seed'])
    expect(stream.usage()).toEqual({ inputTokens: 9, outputTokens: 4 })
    expect(stream.usageComes).toBe('along')
    expect(stream.costUsd()).toBeUndefined()
  })
})

describe('a stream', () => {
  test('gives together what arrived together, the usage with the finish', async () => {
    const stream = await streamOf([text('a'), text('b'), text('c'), FINISH])
    const parts = await stream.read()
    expect(parts?.map(({ chunk }) => chunk.choices.length)).toEqual([1, 1, 1, 1, 0])
    expect(await stream.read()).toBeUndefined()
    expect(await stream.read()).toBeUndefined()
  })

  test('gives what has arrived without waiting for more', async () => {
    let control: ReadableStreamDefaultController<unknown> | undefined
    const stream = await streamOf([text('a')], (opened) => {
      control = opened
    })
    expect(textOf(await stream.read())).toBe('a')
    const next = stream.read()
    control?.enqueue(text('b'))
    expect(textOf(await next)).toBe('b')
    stream.cancel()
  })

  test('is asked for at most one part ahead, and for no more than 256 at once', async () => {
    let asked = 0
    const endless = new ReadableStream(
      {
        pull(control) {
          asked += 1
          control.enqueue(text('x'))
        },
      },
      { highWaterMark: 0 },
    )
    const stream = await open(() => Promise.resolve({ stream: endless }))
    expect(await stream.read()).toHaveLength(256)
    await new Promise(setImmediate)
    expect(asked).toBeLessThanOrEqual(257)
    expect((await stream.read())?.length).toBeGreaterThan(0)
    stream.cancel()
  })

  test('that ends without a finish has no finish reason', async () => {
    const { said, reasons, failure } = await readAll(await streamOf([text('Half an ans')]))
    expect({ said, reasons, failure }).toEqual({ said: 'Half an ans', reasons: [], failure: undefined })
  })

  test.each(['error', 'unknown'])('that finishes with %s was interrupted, and is billed', async (reason) => {
    const finish = { ...FINISH, finishReason: reason }
    const { said, reasons, failure } = await readAll(await streamOf([text('Half'), finish]))
    expect({ said, reasons }).toEqual({ said: 'Half', reasons: [] })
    expect(failure).toEqual({
      kind: 'stream-interrupted',
      wasSent: true,
      message: 'the stream of i ended too early',
      usage: { inputTokens: 9, outputTokens: 4 },
    })
  })

  test('that throws was interrupted, after the parts before', async () => {
    const socket = Object.assign(new Error('secret'), { code: 'UND_ERR_SOCKET' })
    const thrown = new TypeError('terminated', { cause: socket })
    let control: ReadableStreamDefaultController<unknown> | undefined
    const stream = await streamOf([text('Half')], (opened) => {
      control = opened
    })
    expect(textOf(await stream.read())).toBe('Half')
    control?.error(thrown)
    expect((await readAll(stream)).failure).toEqual({
      kind: 'stream-interrupted',
      wasSent: true,
      code: 'UND_ERR_SOCKET',
      message: 'the stream of i broke (UND_ERR_SOCKET)',
    })
    // Whoever asks again hears the same.
    await expect(stream.read()).rejects.toMatchObject({ failure: { kind: 'stream-interrupted' } })
  })

  test.each([
    ['the words of the vendor', 'the model is overloaded, secret', { kind: 'server' }],
    ["a vendor's error", { type: 'overloaded_error', message: 'secret' }, { kind: 'overloaded' }],
    [
      "the SDK's own",
      { statusCode: 429, message: 'secret', data: { type: 'rate_limit_error', message: 'secret' } },
      { kind: 'rate-limited', status: 429 },
    ],
    [
      'an error of the SDK',
      Object.assign(new Error('secret'), { name: 'AI_APICallError', statusCode: 503 }),
      { kind: 'overloaded', status: 503 },
    ],
    [
      'an error object in a shape of its own',
      Object.assign(new Error('secret'), {
        name: 'AI_TypeValidationError',
        value: { error: { code: 'insufficient_quota', message: 'secret' } },
      }),
      { kind: 'quota' },
    ],
    [
      'an end without a finish reason',
      Object.assign(new Error('secret'), { name: 'AI_InvalidResponseDataError', data: undefined }),
      { kind: 'stream-interrupted' },
    ],
    ['nothing at all', undefined, { kind: 'server' }],
  ])('with an error part that holds %s fails by it', async (_name, error, expected) => {
    const { said, failure } = await readAll(
      await streamOf([text('Half'), { type: 'error', error }, text('more'), FINISH]),
    )
    expect(said).toBe('Half')
    expect(failure).toMatchObject({ ...expected, wasSent: true })
    expect(JSON.stringify(failure)).not.toContain('secret')
  })

  test('goes on after events that cannot be parsed, and counts them', async () => {
    const unparsable = Object.assign(new Error('secret'), { name: 'AI_JSONParseError', text: '{' })
    const parts = [text('a'), { type: 'error', error: unparsable }, null, { no: 'type' }, text('b'), FINISH]
    const stream = await streamOf(parts)
    expect(await readAll(stream)).toMatchObject({ said: 'ab', reasons: ['stop'], failure: undefined })
    expect(stream.malformedCount()).toBe(3)
  })

  test('that stalls is ended by cancel, at once, even when the model minds nothing', async () => {
    let signal: AbortSignal | undefined
    let cancels = 0
    const stream = await open((options) => {
      signal = options.abortSignal
      const stalled = new ReadableStream({
        // Never settles.
        cancel: () => {
          cancels += 1
          return new Promise<void>(() => undefined)
        },
      })
      return Promise.resolve({ stream: stalled })
    })
    const waiting = stream.read()
    stream.cancel()
    expect(await waiting).toBeUndefined()
    expect(await stream.read()).toBeUndefined()
    stream.cancel()
    expect(signal?.aborted).toBe(true)
    expect(cancels).toBe(1)
  })

  test('that failed is given up, whether it goes on or not', async () => {
    let isCancelled = false
    const stream = new ReadableStream({
      start: (control) => control.enqueue({ type: 'error', error: 'x' }),
      cancel: () => {
        isCancelled = true
      },
    })
    await readAll(await open(() => Promise.resolve({ stream })))
    expect(isCancelled).toBe(true)
  })
})

describe('a stream that does not come', () => {
  const late = () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    let isCancelled = false
    const stream = new ReadableStream({
      cancel: () => {
        isCancelled = true
      },
    })
    return { promise, arrive: () => resolve({ stream }), wasCancelled: () => isCancelled }
  }

  test('in time fails by timeout, and is closed when it comes at last', async () => {
    const { promise, arrive, wasCancelled } = late()
    let signal: AbortSignal | undefined
    const opened = open(
      (options) => {
        signal = options.abortSignal
        return promise
      },
      { timeoutMs: 5 },
    )
    await expect(opened).rejects.toMatchObject({ failure: { kind: 'timeout', wasSent: true } })
    expect(signal?.aborted).toBe(true)
    arrive()
    await new Promise(setImmediate)
    expect(wasCancelled()).toBe(true)
  })

  test('before the signal aborts is cancelled', async () => {
    const aborter = new AbortController()
    const opened = open(() => late().promise, { signal: aborter.signal })
    aborter.abort(new CallAborted('client_gone'))
    await expect(opened).rejects.toMatchObject({ failure: { kind: 'cancelled' } })
    const signal = AbortSignal.abort(new CallAborted('deadline'))
    const never = open(() => Promise.reject(new Error('asked')), { signal })
    await expect(never).rejects.toMatchObject({ failure: { kind: 'cancelled', wasSent: false } })
  })

  test('minds the signal no more once it is there', async () => {
    const aborter = new AbortController()
    const stream = await open(() => Promise.resolve({ stream: ReadableStream.from([text('Hi.'), FINISH]) }), {
      signal: aborter.signal,
    })
    aborter.abort(new CallAborted('client_gone'))
    expect((await readAll(stream)).said).toBe('Hi.')
  })

  test.each([
    ['undefined', undefined],
    ['no stream', {}],
    ['a list', { stream: [text('x')] }],
    ['a stream that somebody else reads', { stream: lockedStream() }],
  ])('because there is %s fails by protocol', async (_name, result) => {
    await expect(open(() => Promise.resolve(result as object))).rejects.toMatchObject({
      failure: { kind: 'protocol', wasSent: true },
    })
  })

  test('because the model threw fails by what it threw', async () => {
    const refused = Object.assign(new Error('secret'), { name: 'AI_APICallError', statusCode: 529 })
    await expect(open(() => Promise.reject(refused))).rejects.toMatchObject({
      failure: { kind: 'overloaded', status: 529 },
    })
    const broken = (): Promise<object> => {
      throw new RangeError('at once')
    }
    await expect(open(broken)).rejects.toMatchObject({ failure: { kind: 'protocol' } })
  })
})

function lockedStream(): ReadableStream<unknown> {
  const stream = new ReadableStream()
  stream.getReader()
  return stream
}
