import { describe, expect, test } from 'vitest'
import { formatCount, formatPercent, formatShare } from '../../../ui/src/format/numbers.ts'
import { formatDuration } from '../../../ui/src/format/times.ts'
import { formatCost, formatUsd, formatUsdTicks } from '../../../ui/src/format/usd.ts'

describe('an amount', () => {
  test.each([
    [0, '$0'],
    [0.000_000_001, '$0.000000001'],
    [0.0000092, '$0.0000092'],
    [0.000_385_9, '$0.000386'],
    [0.01, '$0.01'],
    [0.1, '$0.10'],
    [0.1244, '$0.124'],
    [0.994, '$0.994'],
    [0.999, '$1.00'],
    [0.9996, '$1.00'],
    [1, '$1.00'],
    [12.4, '$12.40'],
    [999.999, '$1,000.00'],
    [1234.5, '$1,235'],
    [12_345_678, '$12,345,678'],
    [-3.1, '−$3.10'],
    [-0.0000092, '−$0.0000092'],
  ])('of %d USD is %s', (usd, text) => {
    expect(formatUsd(usd)).toBe(text)
  })

  test('that is not known is unknown, and never 0', () => {
    expect(formatUsd(undefined)).toBe('unknown')
    expect(formatCost(undefined, 'partial')).toBe('unknown')
    expect(formatCost(0, 'unpriced')).toBe('unknown')
  })

  test('says whether it is exact', () => {
    expect([
      formatCost(1, 'exact'),
      formatCost(1, 'estimated'),
      formatCost(1, 'partial'),
      formatCost(0, 'free'),
    ]).toEqual(['$1.00', '~$1.00', '≥$1.00', '$0'])
  })

  test('on an axis has as many decimals as the steps need', () => {
    expect(formatUsdTicks([0, 0.25, 0.5, 0.75])).toEqual(['$0', '$0.25', '$0.50', '$0.75'])
    expect(formatUsdTicks([0, 0.00002, 0.00004])).toEqual(['$0', '$0.00002', '$0.00004'])
    expect(formatUsdTicks([0, 500, 1000])).toEqual(['$0', '$500', '$1,000'])
    expect(formatUsdTicks([0])).toEqual(['$0'])
    expect(formatUsdTicks([])).toEqual([])
  })
})

describe('other numbers', () => {
  test('durations are told in at most two units', () => {
    const told = [0.04, 9.96, 12.4, 999, 1_240, 4_000, 38_240, 250_000, 7_500_000, 273_600_000].map(
      formatDuration,
    )
    expect(told).toEqual([
      '0 ms',
      '10 ms',
      '12 ms',
      '999 ms',
      '1.24 s',
      '4 s',
      '38.2 s',
      '4 min 10 s',
      '2 h 5 min',
      '3 d 4 h',
    ])
    expect(formatDuration(undefined)).toBe('unknown')
  })

  test('shares of nothing are none, and small ones are not 0', () => {
    expect([
      formatShare(1, 0),
      formatShare(0, 5),
      formatShare(1, 5_000),
      formatShare(1, 3),
      formatShare(5, 5),
    ]).toEqual(['–', '0 %', '<0.1 %', '33.3 %', '100 %'])
    expect(formatPercent(1.0204)).toBe('102 %')
  })

  test('counts are short from a million on', () => {
    expect([formatCount(0), formatCount(12_345), formatCount(1_234_567)]).toEqual(['0', '12,345', '1.2M'])
  })
})
