import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DONE_TEXT, errorText, eventStreamText } from '../../../src/streams/event-stream-text.ts'
import { aChunk, aPart } from './scripted-reader.ts'

test('each part is an event with its JSON exactly as it came', () => {
  const json = '{ "choices":[ ],"id" : "x" }'
  expect(eventStreamText([{ chunk: aChunk('not this'), json }, aPart('b')])).toBe(
    `data: ${json}\n\ndata: ${JSON.stringify(aChunk('b'))}\n\n`,
  )
})

test('a part whose text is not at hand is written anew', () => {
  expect(eventStreamText([{ chunk: aChunk('a\nb'), json: undefined }])).toBe(
    `data: ${JSON.stringify(aChunk('a\nb'))}\n\n`,
  )
})

test.each(['\n', '\r', '\r\n\r\ndata: {"injected":true}\n\n'])(
  'a raw line break in the JSON (%j) cannot end its event',
  (lineBreak) => {
    const text = eventStreamText([{ chunk: aChunk('a'), json: `{"id":1,${lineBreak}"x":2}` }])
    expect(text).toBe(`data: ${JSON.stringify(aChunk('a'))}\n\n`)
  },
)

test('whatever is in the chunks, there are as many events as parts, and they say the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (contents) => {
      const text = eventStreamText(contents.map((content) => ({ chunk: aChunk(content), json: undefined })))
      const events = text.split(/\r\n|\r|\n/).filter((line) => line !== '')
      expect(events.map((line) => JSON.parse(line.slice('data: '.length)))).toEqual(contents.map(aChunk))
    }),
  )
})

test('an error is one event, and the end another', () => {
  expect(errorText({ error: { message: 'a\nb' } })).toBe('data: {"error":{"message":"a\\nb"}}\n\n')
  expect(DONE_TEXT).toBe('data: [DONE]\n\n')
})
