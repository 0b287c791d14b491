import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { AnswerHeaders } from '../../../src/providers/transport-headers.ts'
import { readableResponse } from '../../../src/providers/transport-response.ts'

const HEAD = {
  status: 200,
  statusText: 'OK',
  url: 'http://provider.test/v1',
  headers: new AnswerHeaders({ 'content-type': 'text/event-stream' }),
}

/** A body as the transport feeds it: pushed from outside, read at the reader's pace. */
function aSource(...chunks: string[]): Readable {
  const source = new Readable({ read: () => undefined })
  for (const chunk of chunks) source.push(Buffer.from(chunk))
  return source
}

function bodyOf(source: Readable) {
  const { body } = readableResponse(HEAD, source)
  if (body === null) throw new Error('no body')
  return body
}

describe('the body of a streamed response', () => {
  test('gives its bytes as they come, and ends', async () => {
    const source = aSource('one')
    const reader = bodyOf(source).getReader()
    const { value } = await reader.read()
    expect(value).toBeInstanceOf(Uint8Array)
    expect(Buffer.isBuffer(value)).toBe(false)
    expect(Buffer.from(value ?? []).toString()).toBe('one')
    source.push(Buffer.from('two'))
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('two')
    source.push(null)
    expect((await reader.read()).done).toBe(true)
  })

  test.each([
    ['before the first is read', 0],
    ['after the first is read', 1],
  ])('is cancelled with data buffered, %s, and nothing is thrown', async (_when, reads) => {
    const source = aSource('one', 'two', 'three')
    const reader = bodyOf(source).getReader()
    for (let count = 0; count < reads; count++) await reader.read()
    const closed = once(source, 'close')
    await reader.cancel('enough')
    await closed
    expect(source.destroyed).toBe(true)
    // What is uncaught is told by now.
    await setImmediate()
    expect(await reader.read()).toEqual({ done: true, value: undefined })
  })

  test('is cancelled at once, while it waits for data', async () => {
    const source = aSource()
    const reader = bodyOf(source).getReader()
    const reading = reader.read()
    await setImmediate()
    await reader.cancel()
    expect(await reading).toEqual({ done: true, value: undefined })
    expect(source.destroyed).toBe(true)
    await setImmediate()
  })

  test.each([
    ['while it waits for data', true, []],
    ['with data buffered', false, ['one', 'two']],
    ['before anybody reads', false, []],
  ])('breaks with the error of its source, %s', async (_when, isWaiting, chunks) => {
    const source = aSource(...chunks)
    const body = bodyOf(source)
    const reason = new Error('it broke')
    const read = (): Promise<unknown> => new Response(body).text().catch((thrown: unknown) => thrown)
    const reading = isWaiting ? read() : undefined
    await setImmediate()
    source.destroy(reason)
    await setImmediate()
    expect(await (reading ?? read())).toBe(reason)
  })

  test('may be left alone when its source breaks, even at once', async () => {
    const source = aSource('one')
    // In a callback, as sockets call: there the error is told before any promise goes on.
    const broken = Promise.withResolvers<void>()
    process.nextTick(() => {
      bodyOf(source)
      source.destroy(new Error('nobody reads this'))
      broken.resolve()
    })
    await broken.promise
    await setImmediate()
    expect(source.destroyed).toBe(true)
  })

  test('takes no more from its source than is read', async () => {
    let pulled = 0
    const source = new Readable({
      highWaterMark: 1,
      read() {
        pulled++
        this.push(Buffer.from('x'))
      },
    })
    const reader = bodyOf(source).getReader()
    await reader.read()
    await setImmediate()
    expect(pulled).toBeLessThan(6)
    await reader.cancel()
  })
})
