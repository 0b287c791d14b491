import type { CapturedSpan } from './captured-telemetry-data.ts'

/** A span with the spans inside it. */
export interface SpanTree extends CapturedSpan {
  readonly children: readonly SpanTree[]
}

/** Nests spans: one tree per span whose parent is not among them; by start time. */
export function treesOf(spans: readonly CapturedSpan[]): readonly SpanTree[] {
  const byStart = spans.toSorted((a, b) => a.startedAtMs - b.startedAtMs)
  const ids = new Set(spans.map((span) => span.spanId))
  const childrenOf = new Map<string | undefined, CapturedSpan[]>()
  for (const span of byStart) {
    const parentId =
      span.parentSpanId !== undefined && ids.has(span.parentSpanId) ? span.parentSpanId : undefined
    const siblings = childrenOf.get(parentId)
    if (siblings === undefined) childrenOf.set(parentId, [span])
    else siblings.push(span)
  }
  const nest = (span: CapturedSpan): SpanTree => ({
    ...span,
    children: (childrenOf.get(span.spanId) ?? []).map(nest),
  })
  return (childrenOf.get(undefined) ?? []).map(nest)
}

/**
 * A trace as text, one line per span: duration, first chunk of a stream, tokens, cost, error and who aborted.
 *
 * @example
 * POST /ask  24.1 ms  1 call  $0.0000135
 * └─ route cheap  23.0 ms  degraded  $0.0000135
 *    ├─ chat gpt-oss-20b  4.2 ms  ERROR 429
 *    └─ chat gpt-4o-mini  18.3 ms  12 → 9 tokens  $0.0000135
 */
export function formatTrace(tree: SpanTree): string {
  return [lineOf(tree), ...branches(tree.children, '')].join('\n')
}

function branches(children: readonly SpanTree[], indent: string): readonly string[] {
  return children.flatMap((child, index) => {
    const isLast = index === children.length - 1
    return [
      `${indent}${isLast ? '└─ ' : '├─ '}${lineOf(child)}`,
      ...branches(child.children, `${indent}${isLast ? '   ' : '│  '}`),
    ]
  })
}

function lineOf(span: SpanTree): string {
  return [
    span.name,
    `${span.durationMs.toFixed(1)} ms`,
    calls(span),
    text(span, 'express_llm.outcome'),
    firstChunk(span),
    tokens(span),
    cost(span),
    error(span),
  ]
    .filter((part) => part !== undefined)
    .join('  ')
}

function calls(span: SpanTree): string | undefined {
  const count = number(span, 'express_llm.request.call.count')
  return count === undefined ? undefined : `${count} call${count === 1 ? '' : 's'}`
}

/** An attempt's from its sending, a call's from its begin. */
function firstChunk(span: SpanTree): string | undefined {
  const seconds =
    number(span, 'gen_ai.response.time_to_first_chunk') ?? number(span, 'express_llm.time_to_first_chunk')
  return seconds === undefined ? undefined : `first chunk ${(seconds * 1000).toFixed(1)} ms`
}

/** Of attempts only: the spans around them would say the same tokens again. */
function tokens(span: SpanTree): string | undefined {
  const input = number(span, 'gen_ai.usage.input_tokens')
  const output = number(span, 'gen_ai.usage.output_tokens')
  if (input === undefined) return undefined
  return output === undefined ? `${input} tokens` : `${input} → ${output} tokens`
}

function cost(span: SpanTree): string | undefined {
  const usd =
    number(span, 'express_llm.cost.amount') ??
    number(span, 'express_llm.cost.total') ??
    number(span, 'express_llm.request.cost.total')
  const status = text(span, 'express_llm.cost.status')
  if (usd === undefined) return status === 'unpriced' ? 'cost unknown' : undefined
  if (status === 'free') return undefined
  const amount = `$${plain(usd)}`
  return status === undefined || status === 'exact' ? amount : `${amount} (${status})`
}

function error(span: SpanTree): string | undefined {
  if (span.status !== 'error') return undefined
  const cause = text(span, 'express_llm.abort.cause')
  return `ERROR ${text(span, 'error.type') ?? ''}${cause === undefined ? '' : ` (${cause})`}`.trimEnd()
}

/** Never in exponent form: 9 decimals are a nano-dollar. */
function plain(usd: number): string {
  return usd.toFixed(9).replace(/\.?0+$/, '')
}

function number(span: SpanTree, name: string): number | undefined {
  const value = span.attributes[name]
  return typeof value === 'number' ? value : undefined
}

function text(span: SpanTree, name: string): string | undefined {
  const value = span.attributes[name]
  return typeof value === 'string' ? value : undefined
}
