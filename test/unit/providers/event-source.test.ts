import fc from 'fast-check'
import { _iterSSEMessages } from 'openai/core/streaming'
import { describe, expect, test } from 'vitest'
import { EventDecoder, type EventMessage } from '../../../src/providers/event-source.ts'
import { TransportError } from '../../../src/providers/transport-error.ts'

function decode(...pieces: readonly (string | Buffer)[]): EventMessage[] {
  const decoder = new EventDecoder()
  const messages: EventMessage[] = []
  for (const piece of pieces) decoder.push(Buffer.from(piece), messages)
  decoder.end(messages)
  return messages
}

const data = (...texts: string[]): EventMessage[] => texts.map((text) => ({ event: '', data: text }))

describe('server-sent events', () => {
  test.each([
    ['LF', 'data: a\n\ndata: b\n\n'],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['lone CR', 'data: a\r\rdata: b\r\r'],
    ['a mixture', 'data: a\r\n\ndata: b\r\r\n'],
    ['a byte order mark', '\uFEFFdata: a\n\ndata: b\n\n'],
    ['no space after the colon', 'data:a\n\ndata:b\n\n'],
    ['comments, ids and times', ': hi\ndata: a\nid: 1\n\nretry: 5\n:\n\nunknown: x\ndata: b\n\n'],
    ['more empty lines', '\n\ndata: a\n\n\n\ndata: b\n\n\n'],
    ['no empty line at the end', 'data: a\n\ndata: b\n'],
    ['no line end at the end', 'data: a\n\ndata: b'],
  ])('with %s are read', (_what, text) => {
    expect(decode(text)).toEqual(data('a', 'b'))
    expect(decode(...Buffer.from(text).toString('latin1').split('').map(latin1))).toEqual(data('a', 'b'))
  })

  test('join their lines of data, and keep their names to themselves', () => {
    expect(decode('event: error\ndata: {\ndata:  "a": 1\ndata\ndata: }\n\ndata: b\n\n')).toEqual([
      { event: 'error', data: '{\n "a": 1\n\n}' },
      { event: '', data: 'b' },
    ])
    expect(decode('event: ping\n\ndata: a\n\n')).toEqual(data('a'))
    expect(decode('event: x\nevent\ndata: a\n\n')).toEqual(data('a'))
  })

  test('may be empty, and may look like a mark', () => {
    expect(decode('data:\n\ndata: \uFEFFa\n\n')).toEqual(data('', '\uFEFFa'))
  })

  test('are cut anywhere: in a character, between CR and LF, in the mark', () => {
    expect(decode('data: a\r', '\ndata: b\r', '\n', '\r', '\n')).toEqual(data('a\nb'))
    const bytes = Buffer.from('\uFEFFdata: 🌍\n\n')
    for (let at = 0; at <= bytes.length; at++)
      expect(decode(bytes.subarray(0, at), bytes.subarray(at))).toEqual(data('🌍'))
  })

  test.each([
    ['in one line', ['data: ', ...Array.from({ length: 9 }, () => Buffer.alloc(1024 * 1024, 'x'))]],
    ['in many lines', Array.from({ length: 9 }, () => `data: ${'x'.repeat(1024 * 1024)}\n`)],
    ['in a line of another field', ['x', ...Array.from({ length: 9 }, () => Buffer.alloc(1024 * 1024, 'x'))]],
  ])('are not gathered without end, %s', (_how, pieces) => {
    expect(() => decode(...pieces)).toThrow(TransportError)
    expect(() => decode(...pieces)).toThrow(/longer than/)
  })

  test('of some megabytes are read, byte by byte too', () => {
    const large = 'x'.repeat(4 * 1024 * 1024)
    expect(decode(`data: ${large}`, '\n\ndata: b\n\n')[0]?.data).toHaveLength(large.length)
    const bytes = Buffer.from(`data: ${'y'.repeat(100_000)}\n\n`)
    const pieces = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1))
    expect(decode(...pieces)[0]?.data).toHaveLength(100_000)
  })
})

const line = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('data: x', 'data:', 'data', 'event: e', ': c', '', 'id: 1', '\uFEFF', 'data: {"a":"é🌍"}'),
)
const ending = fc.constantFrom('\n', '\r\n', '\r')

test('however the bytes are cut, the messages are the same', () => {
  const text = fc.array(fc.tuple(line, ending)).map((lines) => lines.flat().join(''))
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 30 })
  fc.assert(
    fc.property(text, cuts, (whole, at) => {
      const bytes = Buffer.from(whole)
      const ends = [...at.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      expect(decode(...pieces)).toEqual(decode(bytes))
    }),
    { numRuns: 500 },
  )
})

test('the messages are those that the official client reads', async () => {
  const words = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, ''))
  const message = fc.record({
    event: fc.option(words),
    data: fc.array(words, { minLength: 1, maxLength: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1 }), ending, async (sent, end) => {
      const lines = sent.flatMap(({ event, data: texts }) => [
        ': a comment',
        ...(event === null ? [] : [`event: ${event}`]),
        ...texts.map((text) => `data: ${text}`),
        'id: 7',
        '',
      ])
      const text = lines.map((each) => each + end).join('')
      const theirs = []
      for await (const { event, data: told } of _iterSSEMessages(new Response(text), new AbortController()))
        theirs.push({ event: event ?? '', data: told })
      expect(decode(text)).toEqual(theirs)
      expect(theirs).toHaveLength(sent.length)
    }),
  )
})

function latin1(character: string): Buffer {
  return Buffer.from(character, 'latin1')
}
