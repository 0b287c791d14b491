import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  countChunks,
  createRequestReader,
  createStreamReader,
} from '../../../bench/streams/message-reader.ts'
import { chunksOf, PACES, type PaceName } from '../../../bench/streams/paces.ts'
import { FIRST_CONTENT, packetsOf } from '../../../bench/streams/packets.ts'

const PACE_NAMES: readonly PaceName[] = ['packed', 'single', 'first', 'held']

test.each(PACE_NAMES)(
  'an answer of the pace %s has its chunks, its first content in the first packet',
  (name) => {
    const pace = PACES[name]
    const packets = packetsOf(pace, false)
    expect(packets[0]?.includes(FIRST_CONTENT)).toBe(true)
    expect(countChunks(Buffer.concat([...packets]))).toBe(chunksOf(pace))
    const middle = packets.slice(1, -2).map((packet) => countChunks(packet))
    expect(new Set([...middle, pace.chunksPerPacket])).toEqual(new Set([pace.chunksPerPacket]))
  },
)

test('who asks for usage gets one chunk more, and a word about it in each', () => {
  const bytes = Buffer.concat([...packetsOf(PACES.single, true)])
  expect(countChunks(bytes)).toBe(chunksOf(PACES.single) + 1)
  expect(bytes.toString().match(/"usage":null/g)).toHaveLength(chunksOf(PACES.single))
})

test('streamed answers are read whole, one after the other, wherever the network cuts them', () => {
  const answer = Buffer.concat([...packetsOf(PACES.first, false)])
  const bytes = Buffer.concat([answer, answer])
  fc.assert(
    fc.property(fc.array(fc.nat({ max: answer.length }), { maxLength: 20 }), (cuts) => {
      const seen: string[] = []
      const read = createStreamReader(FIRST_CONTENT, {
        onFirstContent: () => seen.push('content'),
        onEnd: (whole) => seen.push(`${countChunks(whole)} chunks`),
      })
      // The next request is sent after the answer's end, so no packet holds parts of two.
      const ends = [...cuts, answer.length, ...cuts.map((cut) => answer.length + cut), bytes.length].sort(
        (a, b) => a - b,
      )
      for (const [index, end] of ends.entries()) {
        const piece = bytes.subarray(ends[index - 1] ?? 0, end)
        if (piece.length > 0) read(piece)
      }
      expect(seen).toEqual(['content', '18 chunks', 'content', '18 chunks'])
    }),
  )
})

test('requests are read whole, wherever the network cuts them', () => {
  const request = Buffer.from(
    'POST /v1 HTTP/1.1\r\nContent-Length: 9\r\nhost: a\r\n\r\n{"a":"é"}'.replace('9', '10'),
  )
  fc.assert(
    fc.property(fc.nat({ max: request.length }), (cut) => {
      const seen: string[] = []
      const read = createRequestReader((body) => seen.push(body))
      read(request.subarray(0, cut))
      read(request.subarray(cut))
      read(request)
      expect(seen).toEqual(['{"a":"é"}', '{"a":"é"}'])
    }),
  )
})
