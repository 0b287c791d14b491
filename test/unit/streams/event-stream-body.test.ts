import { expect, test } from 'vitest'
import { eventStreamBody } from '../../../src/streams/event-stream-body.ts'
import { DONE_TEXT, eventStreamText } from '../../../src/streams/event-stream-text.ts'
import { aPart, errorBody, ScriptedReader } from './scripted-reader.ts'

const batches = [[aPart('Grüße'), aPart(' 🌍')], [aPart('!')]] as const

test('a complete answer is its events and [DONE]', async () => {
  const reader = new ScriptedReader(...batches, undefined)
  const response = new Response(eventStreamBody(reader, errorBody))
  expect(await response.text()).toBe(eventStreamText(batches.flat()) + DONE_TEXT)
  expect(reader.stops).toBe(0)
})

test('an error becomes the error event and a plain end, without [DONE]', async () => {
  const reader = new ScriptedReader(...batches, new Error('broke'))
  const text = await new Response(eventStreamBody(reader, errorBody)).text()
  expect(text).toBe(`${eventStreamText(batches.flat())}data: {"error":{"message":"broke"}}\n\n`)
})

test('nothing is read before somebody reads, and one batch for each read', async () => {
  const reader = new ScriptedReader(...batches, undefined)
  const body = eventStreamBody(reader, errorBody).getReader()
  await Promise.resolve()
  expect(reader.reads).toBe(0)
  await body.read()
  await Promise.resolve()
  expect(reader.reads).toBe(1)
  expect(new TextDecoder().decode((await body.read()).value)).toBe(eventStreamText(batches[1]))
  expect(reader.reads).toBe(2)
  await body.cancel()
})

test('cancelling stops the reader, also while it is being read, and reads no further', async () => {
  const reader = new ScriptedReader(batches[0])
  const body = eventStreamBody(reader, errorBody).getReader()
  await body.read()
  const underWay = body.read()
  await reader.untilRead(2)
  await body.cancel()
  expect(await underWay).toEqual({ done: true, value: undefined })
  expect(reader.stops).toBe(1)
  expect(reader.reads).toBe(2)
})
