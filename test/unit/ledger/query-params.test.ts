import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCursor, writeCursor } from '../../../src/ledger/calls-cursor.ts'
import { CALLS_PARAMS, COSTS_PARAMS, NO_PARAMS, type QueryParams } from '../../../src/ledger/query-param.ts'
import { readParams, type GivenParams } from '../../../src/ledger/read-params.ts'

const read = (given: GivenParams, params: QueryParams = COSTS_PARAMS, timeZone = 'UTC'): unknown =>
  readParams(params, given, timeZone)
const at = (iso: string): number => Date.parse(iso)

describe('moments', () => {
  test.each([
    ['a date begins with its day', 'from', '2026-11-21', 'UTC', '2026-11-21T00:00:00Z'],
    ['a date ends with its day', 'to', '2026-11-21', 'UTC', '2026-11-22T00:00:00Z'],
    ['a date is the zone’s', 'from', '2026-11-21', 'Asia/Kolkata', '2026-11-20T18:30:00Z'],
    ['a day of 25 hours', 'to', '2026-10-25', 'Europe/Berlin', '2026-10-25T23:00:00Z'],
    ['a day that begins at one o’clock', 'from', '2026-09-06', 'America/Santiago', '2026-09-06T04:00:00Z'],
    ['a moment', 'from', '2026-11-21T10:20:30Z', 'Asia/Kolkata', '2026-11-21T10:20:30Z'],
    ['a moment is where a time ends', 'to', '2026-11-21T10:20:30.250Z', 'UTC', '2026-11-21T10:20:30.250Z'],
    ['an offset', 'from', '2026-11-21T10:20+05:30', 'UTC', '2026-11-21T04:50:00Z'],
    ['an offset without a colon', 'from', '2026-11-21T10:20-0800', 'UTC', '2026-11-21T18:20:00Z'],
    ['a + that a URL made a space of', 'from', '2026-11-21T10:20:30 01:00', 'UTC', '2026-11-21T09:20:30Z'],
  ])('%s', (_name, name, text, timeZone, iso) => {
    expect(read({ [name]: text }, COSTS_PARAMS, timeZone)).toEqual({ [name]: at(iso) })
  })

  test('of the app’s own code are dates', () => {
    expect(read({ from: new Date(at('2026-11-21T10:20:30Z')) })).toEqual({ from: at('2026-11-21T10:20:30Z') })
  })

  test.each([
    'yesterday',
    '2026-11',
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2026-11-21T10:20:30',
    '2026-11-21 10:20',
    '2026-11-21T25:00Z',
    '2026-11-21T10:20+99:00',
    '20261121',
    '1700000000000',
    '0026-11-21',
    '1969-12-31',
    '-2026-11-21',
    '２０２６-11-21',
    `2026-11-21${'0'.repeat(10_000)}`,
    new Date(Number.NaN),
    1_700_000_000_000,
    null,
    {},
  ])('%s is none', (value) => {
    expect(() => read({ from: value })).toThrow(/^"from" must (?:be a date such as|lie between)[^\n]{0,200}$/)
  })

  test('are a date or wrong, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('UTC', 'Europe/Berlin'), (text, zone) => {
        expect(() => read({ from: `2026-11-21T${text}` }, COSTS_PARAMS, zone)).toThrow(/"from"/)
      }),
    )
  })
})

describe('a wrong param', () => {
  test.each([
    [
      { form: '2026-11-21' },
      'form',
      /"form" is no param of this query: it has from, to, .* Did you mean "from"\?$/,
    ],
    [{ by: 'modle' }, 'by', /"by" must be one of model, provider, .*, not "modle"\. Did you mean "model"\?$/],
    [{ by: 'all' }, 'by', /"by" must be one of/],
    [{ by: '' }, 'by', /"by" is empty: leave it out, or give it a value\./],
    [{ by: 3 }, 'by', /not 3\.$/],
    [{ interval: 'minute' }, 'interval', /"interval" must be one of hour, day, not "minute"\./],
    [{ baseline: 3 }, 'baseline', /"baseline" must be a text/],
    [{ __proto__: null, constructor: 'x' }, 'constructor', /"constructor" is no param/],
    [{ ['\u001B[2J']: 'x' }, '\u001B[2J', /^"\\u001b\[2J" is no param/],
  ])('%o', (given, param, message) => {
    const failing = (): unknown => read(given)
    expect(failing).toThrow(expect.objectContaining({ code: 'invalid_params', status: 400, param }))
    expect(failing).toThrow(message)
  })

  test.each([
    ['0', /a whole number from 1 to 500, not "0"/],
    ['501', /not "501"/],
    ['1e2', /not "1e2"/],
    ['2.5', /not "2\.5"/],
    [Number.NaN, /not NaN/],
  ])('limit %s', (limit, message) => {
    expect(() => read({ limit }, CALLS_PARAMS)).toThrow(message)
  })

  test('a query without params has none, and says so', () => {
    expect(() => read({ x: '1' }, NO_PARAMS)).toThrow('"x" is no param of this query: it has none.')
  })

  test.each([null, 'from=2026-11-21', [], 3])('%o is no query', (given) => {
    expect(() => read(given as never)).toThrow(/A query must be an object/)
  })

  test('is told in a line, however long it is', () => {
    const long = `${'x'.repeat(10_000)}\n`
    for (const given of [{ by: long }, { [long]: '1' }, { from: long }]) {
      expect(() => read(given)).toThrow(/^[^\n]{1,400}$/)
    }
  })
})

test('what is undefined is absent', () => {
  expect(read({ from: undefined, by: 'user', baseline: undefined })).toEqual({ by: 'user' })
})

describe('a place in the list of calls', () => {
  test('comes back as it was, whatever its id', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), fc.string({ minLength: 1, unit: 'binary' }), (atMs, id) => {
        const text = writeCursor({ atMs, id })
        expect(text).toMatch(/^[\w-]+$/)
        // Half a pair of surrogates is no text that could be sent.
        if (id.isWellFormed()) expect(readCursor(text)).toEqual({ atMs, id })
      }),
    )
  })

  test.each([
    'x',
    'W10',
    'WzEsMl0',
    'e30',
    '%',
    Buffer.from('[1,""]').toString('base64url'),
    Buffer.from('[1.5,"x"]').toString('base64url'),
    Buffer.from('[1e+300,"x"]').toString('base64url'),
    'A'.repeat(9_999),
  ])('%s is none', (text) => {
    expect(() => read({ before: text }, CALLS_PARAMS)).toThrow(
      /"before" must be the "next" of a page before it, as it was, not ".{1,70}": begin anew without it\./,
    )
  })
})
