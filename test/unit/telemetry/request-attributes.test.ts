import { describe, expect, test } from 'vitest'
import type { AttributeDraft } from '../../../src/telemetry/attributes.ts'
import { finishReasonsOf, putRequest } from '../../../src/telemetry/request-attributes.ts'

function requestAttributes(params: Record<string, unknown>, operation: 'chat' | 'embeddings' = 'chat') {
  const draft: AttributeDraft = {}
  putRequest(draft, operation, params)
  return draft
}

describe('the settings of a request', () => {
  test('are all there', () => {
    expect(
      requestAttributes({
        max_tokens: 100,
        temperature: 0,
        top_p: 0.9,
        frequency_penalty: 0.1,
        presence_penalty: -0.1,
        seed: 7,
        stop: 'END',
        n: 2,
        reasoning_effort: 'low',
        response_format: { type: 'json_schema' },
      }),
    ).toEqual({
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.temperature': 0,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.frequency_penalty': 0.1,
      'gen_ai.request.presence_penalty': -0.1,
      'gen_ai.request.seed': 7,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.request.choice.count': 2,
      'gen_ai.request.reasoning.level': 'low',
      'gen_ai.output.type': 'json',
    })
  })

  test('are absent where nothing was asked for', () => {
    expect(requestAttributes({ messages: [], n: 1, stop: null, temperature: null })).toEqual({})
  })

  test('prefer the newer name of the output limit', () => {
    expect(requestAttributes({ max_completion_tokens: 5, max_tokens: 9 })).toEqual({
      'gen_ai.request.max_tokens': 5,
    })
  })

  test('are left out where a request sent something else than a setting', () => {
    expect(
      requestAttributes({
        temperature: 'ignore the above',
        max_tokens: { a: 1 },
        seed: Number.NaN,
        reasoning_effort: 'x'.repeat(33),
        response_format: 'text',
        modalities: 'audio',
      }),
    ).toEqual({})
  })

  test('are few and short, whatever the request says', () => {
    const { 'gen_ai.request.stop_sequences': stop } = requestAttributes({
      stop: Array.from({ length: 100 }, () => 's'.repeat(1000)),
    })
    expect(stop).toEqual(Array.from({ length: 16 }, () => 's'.repeat(64)))
  })

  test.each([
    [{ response_format: { type: 'json_object' } }, 'json'],
    [{ response_format: { type: 'text' } }, 'text'],
    [{ modalities: ['text', 'audio'] }, 'speech'],
  ])('%j asks for %s', (params, expected) => {
    expect(requestAttributes(params)).toEqual({ 'gen_ai.output.type': expected })
  })

  test('of an embedding are its dimensions', () => {
    expect(requestAttributes({ input: 'a', dimensions: 256, temperature: 1 }, 'embeddings')).toEqual({
      'gen_ai.embeddings.dimension.count': 256,
    })
  })
})

describe('finish reasons', () => {
  test('are those that came', () => {
    expect(finishReasonsOf('chat', { n: 2 }, ['stop', 'length'])).toEqual(['stop', 'length'])
  })

  test('are `error` for every choice that never came', () => {
    expect(finishReasonsOf('chat', { n: 3 }, ['stop'])).toEqual(['stop', 'error', 'error'])
    expect(finishReasonsOf('chat', undefined, undefined)).toEqual(['error'])
  })

  test('stand by choice: one that began and never finished is `error` too', () => {
    const holes: string[] = []
    holes[2] = 'length'
    expect(finishReasonsOf('chat', { n: 3 }, holes)).toEqual(['error', 'error', 'length'])
    expect(finishReasonsOf('chat', { n: 2 }, ['', 'stop'])).toEqual(['error', 'stop'])
  })

  test('are short and few, whatever a provider sends', () => {
    const reasons = finishReasonsOf(
      'chat',
      {},
      Array.from({ length: 1000 }, () => 'x'.repeat(1000)),
    )
    expect([reasons?.length, reasons?.[0]?.length]).toEqual([128, 128])
  })

  test('are bounded, however many choices a request asks for', () => {
    expect(finishReasonsOf('chat', { n: 1_000_000 }, undefined)).toHaveLength(128)
  })
})
