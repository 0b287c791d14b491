import { once } from 'node:events'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import compression from 'compression'
import connect from 'connect'
import express, { type Express } from 'express'
import express4 from 'express4'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DONE_TEXT, eventStreamText } from '../../src/streams/event-stream-text.ts'
import { pipeParts, type PipeOutcome } from '../../src/streams/pipe-to-response.ts'
import { served } from '../support/app.ts'
import { aPart, errorBody, ScriptedReader } from '../unit/streams/scripted-reader.ts'
import { arriving, type Arriving } from './support/piped.ts'

const parts = ['Grüße', ' 🌍', '!'].map(aPart)

/** Each host, with `compression()` and without, and a handler for `/stream`. */
const hosts: Readonly<
  Record<string, (handler: Handler, isCompressing: boolean) => Express | connect.Server>
> = {
  'Express 5': (handler, isCompressing) => expressApp(express(), handler, isCompressing),
  'Express 4': (handler, isCompressing) => expressApp(express4(), handler, isCompressing),
  Connect(handler, isCompressing) {
    const app = connect()
    if (isCompressing) app.use(compression() as connect.NextHandleFunction)
    return app.use('/stream', (req, res, next) => void handler(req, res).catch(next))
  },
}

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

function expressApp(app: Express, handler: Handler, isCompressing: boolean): Express {
  if (isCompressing) app.use(compression())
  return app.get('/stream', (req, res, next) => void handler(req, res).catch(next))
}

interface Answer {
  readonly response: IncomingMessage
  readonly body: Arriving
}

async function get(url: string, encoding: string): Promise<Answer> {
  const sent = request(`${url}/stream`, { headers: { 'accept-encoding': encoding } }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  onTestFinished(() => void response.destroy())
  switch (response.headers['content-encoding']) {
    case 'gzip':
      return { response, body: arriving(response.pipe(createGunzip())) }
    case 'br':
      return { response, body: arriving(response.pipe(createBrotliDecompress())) }
    default:
      return { response, body: arriving(response) }
  }
}

/** Gives each part only when the one before has arrived: whoever holds one back, holds all. */
async function inTurn(reader: ScriptedReader, body: Arriving): Promise<void> {
  for (const [index, part] of parts.entries()) {
    if (index > 0) reader.give([part])
    await body.until(eventStreamText(parts.slice(0, index + 1)))
  }
  reader.give(undefined)
  expect(await body.rest()).toBe(eventStreamText(parts) + DONE_TEXT)
}

describe.each(Object.entries(hosts))('on %s', (_name, appOf) => {
  test.each([
    ['with compression(), to a client that takes gzip', true, 'gzip'],
    ['with compression(), to a client that takes br', true, 'br, gzip'],
    ['with compression(), to a client that takes neither', true, 'identity'],
    ['without compression()', false, 'gzip'],
  ])('events arrive one by one %s', async (_how, isCompressing, encoding) => {
    const reader = new ScriptedReader(parts.slice(0, 1))
    const outcome = Promise.withResolvers<PipeOutcome>()
    const handler: Handler = async (_req, res) => outcome.resolve(await pipeParts(reader, res, { errorBody }))
    const { response, body } = await get(await served(appOf(handler, isCompressing)), encoding)
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(response.headers['content-encoding']).toBeUndefined()
    await inTurn(reader, body)
    expect(await outcome.promise).toBe('complete')
  })

  test.each(['gzip', 'br'])(
    'events arrive one by one where the app has sent headers that let compression() work (%s)',
    async (encoding) => {
      const reader = new ScriptedReader(parts.slice(0, 1))
      const outcome = Promise.withResolvers<PipeOutcome>()
      const handler: Handler = async (_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        outcome.resolve(await pipeParts(reader, res, { errorBody }))
      }
      const { response, body } = await get(await served(appOf(handler, true)), encoding)
      expect(response.headers['content-encoding']).toBe(encoding)
      await inTurn(reader, body)
      expect(await outcome.promise).toBe('complete')
    },
  )

  test('a failure before the first parts reaches the error handler, with the response untouched', async () => {
    const reader = new ScriptedReader(Object.assign(new Error('none left'), { status: 503 }))
    const app = appOf(async (_req, res) => {
      await pipeParts(reader, res, { errorBody })
    }, true)
    app.use(((error, _req, res, _next) => {
      res.statusCode = (error as { status: number }).status
      res.end((error as Error).message)
    }) satisfies connect.ErrorHandleFunction as never)
    const { response, body } = await get(await served(app), 'gzip')
    expect([response.statusCode, response.headers['content-type']]).toEqual([503, undefined])
    expect(await body.rest()).toBe('none left')
  })
})

describe('a response that compression() compresses', () => {
  const batch = Array.from({ length: 2000 }, (_, index) => aPart(`${Math.sin(index)}`))

  async function compressed(reader: ScriptedReader) {
    const outcome = Promise.withResolvers<PipeOutcome>()
    const handler: Handler = async (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      await pipeParts(reader, res, { errorBody }).then(outcome.resolve, outcome.reject)
    }
    const app = expressApp(express(), handler, true)
    return { ...(await get(await served(app), 'gzip')), outcome: outcome.promise }
  }

  test('is waited for many times without a listener for each', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))
    const batches = Array.from({ length: 30 }, () => batch)
    const { body, outcome } = await compressed(new ScriptedReader(...batches, undefined))
    const text = await body.rest()
    expect(text).toBe(eventStreamText(batches.flat()) + DONE_TEXT)
    expect(await outcome).toBe('complete')
    expect(warnings).toEqual([])
  })

  test('whose client goes while it is waited for stops the reader', async () => {
    const reader = new ScriptedReader(batch)
    const { response, outcome } = await compressed(reader)
    await reader.untilRead(2)
    response.destroy()
    expect(await outcome).toBe('gone')
    expect(reader.stops).toBeGreaterThan(0)
  })

  test('tells an error in the middle, and ends', async () => {
    const { body, outcome } = await compressed(new ScriptedReader(batch, new Error('broke')))
    expect(await Promise.allSettled([body.rest(), outcome])).toMatchObject([
      { value: `${eventStreamText(batch)}data: {"error":{"message":"broke"}}\n\n` },
      { reason: new Error('broke') },
    ])
  })
})
