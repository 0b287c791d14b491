import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateInputTokens, estimateUsage } from '../../../src/pricing/estimate.ts'

const ask = (content: unknown): unknown => ({ messages: [{ role: 'user', content }] })

describe('input tokens', () => {
  test('are a quarter of the bytes, and 4 for each message', () => {
    expect(estimateInputTokens('chat', ask('a'.repeat(400)))).toBe(104)
    expect(
      estimateInputTokens('chat', { messages: [{ role: 'system', content: 'abcd' }, { role: 'user' }] }),
    ).toBe(9)
  })

  test('count bytes, not characters', () => {
    expect(estimateInputTokens('chat', ask('日'.repeat(400)))).toBe(304)
  })

  test('count text parts, and refusals given back', () => {
    const content = [
      { type: 'text', text: 'a'.repeat(40) },
      { type: 'refusal', refusal: 'b'.repeat(40) },
    ]
    expect(estimateInputTokens('chat', ask(content))).toBe(24)
  })

  test('of an image do not depend on the length of its data', () => {
    const image = (bytes: number): unknown =>
      ask([{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(bytes)}` } }])
    expect(estimateInputTokens('chat', image(1_000_000))).toBe(769)
    expect(estimateInputTokens('chat', image(10))).toBe(769)
  })

  test('include tools, earlier tool calls and a schema for the answer', () => {
    const plain = estimateInputTokens('chat', ask('hello'))
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string', description: 'x'.repeat(400) } },
    }
    const withTools = {
      messages: [{ role: 'user', content: 'hello' }],
      tools: [{ type: 'function', function: { parameters } }],
    }
    const schema = { type: 'json_schema', json_schema: { name: 'x', schema: parameters } }
    const call = { id: '1', type: 'function', function: { name: 'f', arguments: 'x'.repeat(400) } }
    expect(estimateInputTokens('chat', withTools)).toBeGreaterThan(plain + 100)
    expect(
      estimateInputTokens('chat', { messages: [{ content: 'hello' }], response_format: schema }),
    ).toBeGreaterThan(plain + 100)
    expect(
      estimateInputTokens('chat', { messages: [{ content: 'hello', tool_calls: [call] }] }),
    ).toBeGreaterThan(plain + 100)
  })

  test('of embeddings: texts measured, token ids counted, both in batches', () => {
    expect(estimateInputTokens('embeddings', { input: 'a'.repeat(40) })).toBe(10)
    expect(estimateInputTokens('embeddings', { input: ['a'.repeat(40), 'b'.repeat(40)] })).toBe(20)
    expect(estimateInputTokens('embeddings', { input: [1, 2, 3] })).toBe(3)
    const objects = [{ image: 'data:image/png;base64,AAAA' }, { text: 'a'.repeat(40) }]
    expect(estimateInputTokens('embeddings', { input: objects })).toBe(775)
    expect(
      estimateInputTokens('embeddings', {
        input: [
          [1, 2, 3],
          [4, 5],
        ],
      }),
    ).toBe(5)
  })

  test('grow in step with the text', () => {
    expect(estimateInputTokens('chat', ask('a'.repeat(1_000_000)))).toBe(250_004)
  })

  test('are a whole number, 0 or more, whatever the params are', () => {
    const anything = fc.anything({
      withBigInt: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
    })
    const junk = fc.oneof(
      anything,
      fc.record({
        messages: fc.array(fc.record({ content: fc.array(anything), tool_calls: anything, name: anything })),
        tools: anything,
      }),
      fc.record({
        messages: anything,
        input: fc.array(anything),
        response_format: fc.record({ json_schema: anything }),
      }),
    )
    fc.assert(
      fc.property(junk, fc.constantFrom('chat' as const, 'embeddings' as const), (params, operation) => {
        const tokens = estimateInputTokens(operation, params)
        expect(Number.isSafeInteger(tokens) && tokens >= 0).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('leave out a tool that cannot be written as JSON', () => {
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    expect(estimateInputTokens('chat', { messages: [{ content: 'abcd' }], tools: [cyclic] })).toBe(5)
  })
})

describe('usage of an attempt that was cut', () => {
  test('is its input and what was delivered, marked as estimated', () => {
    expect(estimateUsage('chat', ask('abcd'), 'x'.repeat(80))).toEqual({
      inputTokens: 5,
      outputTokens: 20,
      isEstimated: true,
    })
  })

  test('has no output when nothing was delivered', () => {
    expect(estimateUsage('chat', ask('abcd'))).toEqual({ inputTokens: 5, outputTokens: 0, isEstimated: true })
  })
})
