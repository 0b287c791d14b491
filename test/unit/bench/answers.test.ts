import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAnswerReader } from '../../../bench/answers.ts'

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nX-Powered-By: Express\r\nContent-Length: 10\r\n\r\n{"a":"é"}')

test('an answer is read whole, wherever the network cuts it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: ANSWER.length })), (cuts) => {
      const seen: string[] = []
      const read = createAnswerReader(({ status, body }) => seen.push(`${status} ${body.toString()}`))
      const ends = [...cuts.sort((a, b) => a - b), ANSWER.length]
      for (const [index, end] of ends.entries()) read(ANSWER.subarray(ends[index - 1] ?? 0, end))
      expect(seen).toEqual(['200 {"a":"é"}'])
    }),
  )
})

test('answers on one connection follow one another', () => {
  const statuses: number[] = []
  const read = createAnswerReader(({ status }) => statuses.push(status))
  read(ANSWER)
  read(Buffer.from('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n'))
  expect(statuses).toEqual([200, 500])
})

test('an answer without a length is an error, not an endless wait', () => {
  const read = createAnswerReader(() => undefined)
  expect(() => read(Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'))).toThrow(
    /content-length/,
  )
})
