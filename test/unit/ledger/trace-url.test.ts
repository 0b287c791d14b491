import { describe, expect, test } from 'vitest'
import { traceUrlOf } from '../../../src/ledger/trace-url.ts'

describe('the link to a trace', () => {
  test('has the ids in their places, escaped', () => {
    const url = traceUrlOf('https://grafana.example/t/{traceId}?span={spanId}&again={traceId}', 'traceUrl')
    expect(url({ traceId: 'ab12', spanId: '34' })).toBe('https://grafana.example/t/ab12?span=34&again=ab12')
    expect(url({ traceId: '../"><script>', spanId: undefined })).toBe(
      'https://grafana.example/t/..%2F%22%3E%3Cscript%3E?span=&again=..%2F%22%3E%3Cscript%3E',
    )
  })

  test.each([
    ['javascript:alert(1)//{traceId}', 'must be an http or https address'],
    ['/trace/{traceId}', 'must be an http or https address'],
    ['https://jaeger.example/', 'must hold {traceId}'],
    ['https://jaeger.example/{traceId}/{trace}', 'knows {traceId} and {spanId}, not {trace}'],
    ['https://me:secret@jaeger.example/{traceId}', 'must not hold a user or password'],
    [3, 'must be a text'],
  ])('%s is none', (template, rule) => {
    expect(() => traceUrlOf(template, 'traceUrl')).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        param: 'traceUrl',
        message: `"traceUrl" ${rule}. An example: "https://jaeger.example.com/trace/{traceId}".`,
      }),
    )
  })
})
