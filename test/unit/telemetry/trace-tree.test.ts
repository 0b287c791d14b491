import { expect, test } from 'vitest'
import type { CapturedSpan } from '../../../src/testing/captured-telemetry-data.ts'
import { formatTrace, treesOf } from '../../../src/testing/trace-tree.ts'

function aSpan(
  spanId: string,
  parentSpanId: string | undefined,
  parts: Partial<CapturedSpan> = {},
): CapturedSpan {
  return {
    name: spanId,
    kind: 'internal',
    status: 'unset',
    attributes: {},
    events: [],
    links: [],
    traceId: 't',
    spanId,
    parentSpanId,
    scope: 'express-llm',
    schemaUrl: undefined,
    startedAtMs: 0,
    durationMs: 1,
    isOpen: false,
    ...parts,
  }
}

test('spans nest by parent and stand in the order of their start', () => {
  const [tree, ...others] = treesOf([
    aSpan('late', 'root', { startedAtMs: 3 }),
    aSpan('early', 'root', { startedAtMs: 2 }),
    aSpan('leaf', 'early', { startedAtMs: 2.5 }),
    aSpan('root', 'a span of another process', { startedAtMs: 1 }),
  ])
  expect(others).toEqual([])
  expect(tree?.name).toBe('root')
  expect(tree?.children.map(({ name }) => name)).toEqual(['early', 'late'])
  expect(tree?.children[0]?.children.map(({ name }) => name)).toEqual(['leaf'])
})

test('a trace is readable as text', () => {
  const [tree] = treesOf([
    aSpan('POST /ask', undefined, {
      durationMs: 24.14,
      attributes: { 'express_llm.request.call.count': 1, 'express_llm.request.cost.total': 0.0000135 },
    }),
    aSpan('route cheap', 'POST /ask', {
      durationMs: 23,
      attributes: {
        'express_llm.outcome': 'degraded',
        'express_llm.cost.total': 0.0000135,
        'express_llm.cost.status': 'exact',
      },
    }),
    aSpan('chat a', 'route cheap', {
      durationMs: 4.2,
      status: 'error',
      attributes: { 'error.type': '429', 'express_llm.cost.amount': 0, 'express_llm.cost.status': 'free' },
    }),
    aSpan('POST', 'chat a'),
    aSpan('chat b', 'route cheap', {
      durationMs: 18.3,
      startedAtMs: 5,
      attributes: {
        'gen_ai.usage.input_tokens': 12,
        'gen_ai.usage.output_tokens': 9,
        'express_llm.cost.amount': 0.0000135,
        'express_llm.cost.status': 'estimated',
      },
    }),
    aSpan('chat c', 'route cheap', { startedAtMs: 6, attributes: { 'express_llm.cost.status': 'unpriced' } }),
  ])
  if (tree === undefined) throw new Error('there is a tree')
  expect(formatTrace(tree)).toBe(
    [
      'POST /ask  24.1 ms  1 call  $0.0000135',
      '└─ route cheap  23.0 ms  degraded  $0.0000135',
      '   ├─ chat a  4.2 ms  ERROR 429',
      '   │  └─ POST  1.0 ms',
      '   ├─ chat b  18.3 ms  12 → 9 tokens  $0.0000135 (estimated)',
      '   └─ chat c  1.0 ms  cost unknown',
    ].join('\n'),
  )
})

test('a stream shows when its first chunk came, and who ended it', () => {
  const [tree] = treesOf([
    aSpan('route cheap', undefined, {
      durationMs: 900,
      status: 'error',
      attributes: {
        'express_llm.outcome': 'cancelled',
        'express_llm.time_to_first_chunk': 0.1257,
        'error.type': 'cancelled',
        'express_llm.abort.cause': 'client_gone',
      },
    }),
    aSpan('chat a', 'route cheap', {
      durationMs: 5,
      status: 'error',
      attributes: { 'gen_ai.request.stream': true, 'error.type': '503' },
    }),
    aSpan('chat b', 'route cheap', {
      durationMs: 880,
      startedAtMs: 5,
      status: 'error',
      attributes: {
        'gen_ai.response.time_to_first_chunk': 0.12,
        'gen_ai.usage.input_tokens': 12,
        'gen_ai.usage.output_tokens': 9,
        'express_llm.cost.amount': 0.0000135,
        'express_llm.cost.status': 'estimated',
        'error.type': 'cancelled',
        'express_llm.abort.cause': 'client_gone',
      },
    }),
  ])
  if (tree === undefined) throw new Error('there is a tree')
  expect(formatTrace(tree)).toBe(
    [
      'route cheap  900.0 ms  cancelled  first chunk 125.7 ms  ERROR cancelled (client_gone)',
      '├─ chat a  5.0 ms  ERROR 503',
      '└─ chat b  880.0 ms  first chunk 120.0 ms  12 → 9 tokens  $0.0000135 (estimated)  ERROR cancelled (client_gone)',
    ].join('\n'),
  )
})
