import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { AnswerHeaders } from '../../../src/providers/transport-headers.ts'
import { StreamedResponse, toRealResponse } from '../../../src/providers/transport-response.ts'
import { ByteQueue } from '../../../src/providers/transport-source.ts'

const HEAD = {
  status: 200,
  statusText: 'OK',
  url: 'http://provider.test/v1',
  headers: new AnswerHeaders({ 'content-type': 'text/event-stream' }),
}

/** A body as the transport feeds it: pushed from outside, read at the reader's pace. */
function aSource(...chunks: string[]) {
  const told: string[] = []
  const queue = new ByteQueue({ resume: () => told.push('resume'), cancel: () => told.push('cancel') })
  for (const chunk of chunks) queue.push(Buffer.from(chunk))
  return { queue, told }
}

function bodyOf(queue: ByteQueue) {
  const { body } = new StreamedResponse(HEAD, queue)
  if (body === null) throw new Error('no body')
  return body
}

const textOf = (chunks: readonly Buffer[] | undefined): string | undefined =>
  chunks && Buffer.concat(chunks).toString()

describe('the bytes of an answer that is still arriving', () => {
  test('are read together, as many as have come, and then their end', async () => {
    const { queue, told } = aSource('one', 'two')
    expect(textOf(await queue.read())).toBe('onetwo')
    const reading = queue.read()
    queue.push(Buffer.from('three'))
    queue.push(Buffer.from('four'))
    expect(textOf(await reading)).toBe('threefour')
    queue.push(Buffer.from('five'))
    queue.end()
    expect(textOf(await queue.read())).toBe('five')
    expect(await queue.read()).toBeUndefined()
    expect(await queue.read()).toBeUndefined()
    expect(told).toEqual([])
  })

  test('pause their sender when nobody reads, be they few large ones or many small ones', async () => {
    for (const size of [32_768, 1]) {
      const { queue, told } = aSource()
      let count = 1
      while (queue.push(Buffer.alloc(size))) count++
      expect(count * size).toBeLessThanOrEqual(65_537)
      expect(count).toBeLessThan(600)
      expect(told).toEqual([])
      await queue.read()
      expect(told).toEqual(['resume'])
      expect(queue.push(Buffer.alloc(size))).toBe(true)
    }
  })

  test('are all read before what broke them is thrown', async () => {
    const { queue, told } = aSource('one')
    const reason = new Error('it broke')
    queue.fail(reason)
    expect(textOf(await queue.read())).toBe('one')
    await expect(queue.read()).rejects.toBe(reason)
    await expect(queue.read()).rejects.toBe(reason)
    queue.cancel()
    expect(await queue.read()).toBeUndefined()
    expect(told).toEqual([])
  })

  test('are not read any more after a cancel, which ends a read under way and tells the sender once', async () => {
    const { queue, told } = aSource()
    const reading = queue.read()
    queue.cancel()
    queue.cancel()
    expect(await reading).toBeUndefined()
    expect(queue.push(Buffer.from('late'))).toBe(true)
    queue.fail(new Error('aborted'))
    expect(await queue.read()).toBeUndefined()
    expect(told).toEqual(['cancel'])
  })

  test('are taken and forgotten once they do not matter, but not for ever', async () => {
    const short = aSource('one')
    short.queue.drain()
    expect(await short.queue.read()).toBeUndefined()
    short.queue.push(Buffer.alloc(1_000))
    short.queue.end()
    expect(short.told).toEqual([])
    const long = aSource()
    while (long.queue.push(Buffer.alloc(40_000)));
    long.queue.drain()
    expect(long.told).toEqual(['resume'])
    long.queue.push(Buffer.alloc(20_000))
    expect(long.told).toEqual(['resume', 'cancel'])
    const broken = aSource()
    broken.queue.drain()
    broken.queue.fail(new Error('nobody cares'))
    expect(await broken.queue.read()).toBeUndefined()
  })
})

describe('the body of a streamed response', () => {
  test('gives its bytes as they come, and ends', async () => {
    const { queue } = aSource('one')
    const reader = bodyOf(queue).getReader()
    const { value } = await reader.read()
    expect(value).toBeInstanceOf(Uint8Array)
    expect(Buffer.isBuffer(value)).toBe(false)
    expect(Buffer.from(value ?? []).toString()).toBe('one')
    queue.push(Buffer.from('two'))
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('two')
    queue.end()
    expect((await reader.read()).done).toBe(true)
  })

  test.each([
    ['before the first is read', 0],
    ['after the first is read', 1],
  ])('is cancelled with data buffered, %s, and nothing is thrown', async (_when, reads) => {
    const { queue, told } = aSource('one', 'two', 'three')
    const reader = bodyOf(queue).getReader()
    for (let count = 0; count < reads; count++) await reader.read()
    await reader.cancel('enough')
    expect(told).toEqual(['cancel'])
    // What is uncaught is told by now.
    await setImmediate()
    expect(await reader.read()).toEqual({ done: true, value: undefined })
  })

  test('is cancelled at once, while it waits for data', async () => {
    const { queue, told } = aSource()
    const reader = bodyOf(queue).getReader()
    const reading = reader.read()
    await setImmediate()
    await reader.cancel()
    expect(await reading).toEqual({ done: true, value: undefined })
    expect(told).toEqual(['cancel'])
    await setImmediate()
  })

  test.each([
    ['while it waits for data', true, []],
    ['with data buffered', false, ['one', 'two']],
    ['before anybody reads', false, []],
  ])('breaks with the error of its source, %s', async (_when, isWaiting, chunks) => {
    const { queue } = aSource(...chunks)
    const body = bodyOf(queue)
    const reason = new Error('it broke')
    const read = (): Promise<unknown> => new Response(body).text().catch((thrown: unknown) => thrown)
    const reading = isWaiting ? read() : undefined
    await setImmediate()
    queue.fail(reason)
    await setImmediate()
    expect(await (reading ?? read())).toBe(reason)
  })

  test('may be left alone when its source breaks', async () => {
    const { queue } = aSource('one')
    bodyOf(queue)
    queue.fail(new Error('nobody reads this'))
    // What is uncaught is told by now.
    await setImmediate()
    expect(textOf(await queue.read())).toBe('one')
  })

  test('takes nothing from its source before it is read', async () => {
    const { queue } = aSource('one')
    const response = new StreamedResponse(HEAD, queue)
    expect(response.body).toBe(response.body)
    await setImmediate()
    expect(textOf(await queue.read())).toBe('one')
    expect(response.bodyUsed).toBe(false)
  })

  test('is read by any method of a response', async () => {
    const whole = (): StreamedResponse => {
      const { queue } = aSource('{"a"', ':1}')
      queue.end()
      return new StreamedResponse(HEAD, queue)
    }
    const response = whole()
    expect(await response.json()).toEqual({ a: 1 })
    expect(response.bodyUsed).toBe(true)
    expect(Buffer.from(await whole().bytes()).toString()).toBe('{"a":1}')
    expect(await (await whole().blob()).text()).toBe('{"a":1}')
    expect(await whole().clone().text()).toBe('{"a":1}')
    expect(toRealResponse(whole())).toBeInstanceOf(Response)
    expect(toRealResponse(response).url).toBe(HEAD.url)
  })
})
