import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readProviderRates } from '../../../src/providers/provider-rates.ts'

const NOW_MS = Date.parse('2026-11-21T12:00:00Z')

function read(headers: Record<string, string>) {
  return readProviderRates(new Headers(headers), NOW_MS)
}

function resetOf(value: string): number | undefined {
  return read({ 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': value })?.requests
    ?.resetMs
}

describe('what a provider says of its limits', () => {
  test.each([
    ['1s', 1_000],
    ['6m0s', 360_000],
    ['12ms', 12],
    ['7.66s', 7_660],
    ['2m59.56s', 179_560],
    ['1h2m3s4ms', 3_723_004],
    ['1d', 86_400_000],
    ['30', 30_000],
    ['0.25', 250],
    ['0', 0],
    ['-3', 0],
    [`${NOW_MS / 1000 + 9}`, 9_000],
    [`${NOW_MS + 9_000}`, 9_000],
    [`${NOW_MS - 9_000}`, 0],
    ['2026-11-21T12:00:05Z', 5_000],
    ['2026-11-21T11:59:00Z', 0],
    ['soon', undefined],
    ['', undefined],
    ['NaN', undefined],
    ['1e3', undefined],
  ])('a reset of %j is %s ms away', (value, expected) => {
    expect(resetOf(value)).toBe(expected)
  })

  test.each([
    [
      {
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-remaining-tokens': '1000',
        'x-ratelimit-reset-tokens': '6s',
      },
      { requests: { remaining: 59, resetMs: undefined }, tokens: { remaining: 1000, resetMs: 6000 } },
    ],
    [
      {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-11-21T12:00:30Z',
        'anthropic-ratelimit-tokens-remaining': '10',
      },
      { requests: { remaining: 0, resetMs: 30_000 }, tokens: { remaining: 10, resetMs: undefined } },
    ],
    [
      { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '2' },
      { requests: { remaining: 3, resetMs: 2000 } },
    ],
    [{ 'x-ratelimit-remaining-tokens-minute': '7' }, { tokens: { remaining: 7, resetMs: undefined } }],
    [{ 'x-ratelimit-remaining-requests': '-1' }, { requests: { remaining: 0, resetMs: undefined } }],
    [{ 'x-ratelimit-remaining-requests': 'many' }, undefined],
    [{ 'x-ratelimit-reset-requests': '5s' }, undefined],
    [{}, undefined],
  ])('%j', (headers, expected) => {
    expect(read(headers)).toEqual(expected)
  })

  test('is never a number that cannot be reckoned with, whatever the headers hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (remaining, reset) => {
        const rate = readProviderRates(
          { get: (name) => (name.includes('reset') ? reset : remaining) },
          NOW_MS,
        )?.requests
        if (rate === undefined) return
        expect(rate.remaining).toBeGreaterThanOrEqual(0)
        expect(Number.isFinite(rate.remaining)).toBe(true)
        if (rate.resetMs !== undefined) expect(rate.resetMs >= 0 && Number.isFinite(rate.resetMs)).toBe(true)
      }),
    )
  })
})
