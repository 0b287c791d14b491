import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCostUsd, readEmbeddingUsage, readUsage } from '../../../src/providers/usage.ts'

describe('usage', () => {
  test.each([
    [
      'plain',
      { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
      { inputTokens: 3, outputTokens: 5 },
    ],
    [
      'OpenAI, with cached and reasoning tokens',
      {
        prompt_tokens: 2459,
        completion_tokens: 23,
        total_tokens: 2482,
        prompt_tokens_details: { cached_tokens: 2455, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      { inputTokens: 2459, outputTokens: 23, cacheReadTokens: 2455, reasoningTokens: 20 },
    ],
    [
      'OpenRouter, with cache writes',
      {
        prompt_tokens: 100,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 90 },
      },
      { inputTokens: 100, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 90 },
    ],
    [
      'Anthropic, which tells the cache apart',
      {
        input_tokens: 3,
        cache_creation_input_tokens: 12_304,
        cache_read_input_tokens: 0,
        output_tokens: 550,
      },
      { inputTokens: 12_307, outputTokens: 550, cacheReadTokens: 0, cacheWriteTokens: 12_304 },
    ],
    [
      "a gateway that repeats Anthropic's words beside the total",
      {
        prompt_tokens: 12_307,
        completion_tokens: 550,
        cache_creation_input_tokens: 12_304,
        cache_read_input_tokens: 0,
      },
      { inputTokens: 12_307, outputTokens: 550, cacheReadTokens: 0, cacheWriteTokens: 12_304 },
    ],
    [
      'DeepSeek',
      {
        prompt_tokens: 20,
        completion_tokens: 1,
        total_tokens: 21,
        prompt_cache_hit_tokens: 12,
        prompt_cache_miss_tokens: 8,
      },
      { inputTokens: 20, outputTokens: 1, cacheReadTokens: 12 },
    ],
    [
      'the Responses API',
      {
        input_tokens: 20,
        output_tokens: 9,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens_details: { reasoning_tokens: 2 },
      },
      { inputTokens: 20, outputTokens: 9, cacheReadTokens: 4, reasoningTokens: 2 },
    ],
    [
      'xAI, which leaves reasoning out of the completion',
      {
        prompt_tokens: 32,
        completion_tokens: 9,
        total_tokens: 135,
        completion_tokens_details: { reasoning_tokens: 94 },
      },
      { inputTokens: 32, outputTokens: 103, reasoningTokens: 94 },
    ],
    [
      'a part that is larger than its whole',
      { prompt_tokens: 3, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
      { inputTokens: 3, outputTokens: 5 },
    ],
  ])('of %s is read', (_name, usage, expected) => {
    expect(readUsage(usage)).toEqual(expected)
  })

  describe('with a cache that is told beside it', () => {
    const read = (tokens: number) => ({ cache_read_input_tokens: tokens })
    const write = (tokens: number) => ({ cache_creation_input_tokens: tokens })
    const told = (input: number, output: number, total?: number) => ({
      prompt_tokens: input,
      completion_tokens: output,
      ...(total === undefined ? {} : { total_tokens: total }),
    })
    const own = (input: number, output: number, total?: number) => ({
      input_tokens: input,
      output_tokens: output,
      ...(total === undefined ? {} : { total_tokens: total }),
    })
    const inside = (cached: number) => ({ prompt_tokens_details: { cached_tokens: cached } })
    const reasoned = (tokens: number) => ({ completion_tokens_details: { reasoning_tokens: tokens } })

    test.each([
      // The total tells whether the parts are in the input.
      ['apart', { ...told(5000, 23, 7478), ...read(2455) }, [7455, 23, 2455, undefined]],
      ['inside', { ...told(5000, 23, 5023), ...read(2455) }, [5000, 23, 2455, undefined]],
      ['both apart', { ...told(100, 5, 175), ...read(50), ...write(20) }, [170, 5, 50, 20]],
      ['both inside', { ...told(100, 5, 105), ...read(50), ...write(20) }, [100, 5, 50, 20]],
      ['only the written apart', { ...told(100, 5, 125), ...read(50), ...write(20) }, [120, 5, 50, 20]],
      ['only the read apart', { ...told(100, 5, 155), ...read(50), ...write(20) }, [150, 5, 50, 20]],
      ['apart, nothing written', { ...told(100, 5, 155), ...read(50), ...write(0) }, [150, 5, 50, 0]],
      // Without a total: a part that is larger than the whole is no part.
      ['inside, no total', { ...told(100, 5), ...read(50) }, [100, 5, 50, undefined]],
      ['apart, no total', { ...told(3, 5), ...read(50) }, [53, 5, 50, undefined]],
      ['apart, and a total without it', { ...told(3, 5, 8), ...read(50) }, [53, 5, 50, undefined]],
      // Anthropic's own words mean apart, whoever adds a total.
      ["Anthropic's", { ...own(100, 5), ...read(50), ...write(20) }, [170, 5, 50, 20]],
      ["Anthropic's, full total", { ...own(100, 5, 175), ...read(50), ...write(20) }, [170, 5, 50, 20]],
      ["Anthropic's, its own total", { ...own(100, 5, 105), ...read(50), ...write(20) }, [170, 5, 50, 20]],
      // Unless they stand beside OpenAI's own.
      [
        'in both, in the words of Responses',
        { ...own(100, 5, 105), input_tokens_details: { cached_tokens: 50 }, ...read(50) },
        [100, 5, 50, undefined],
      ],
      // OpenAI's details are inside, whatever else is told.
      ['in the details', { ...told(100, 5, 105), ...inside(50) }, [100, 5, 50, undefined]],
      ['in both', { ...told(100, 5, 105), ...inside(50), ...read(50) }, [100, 5, 50, undefined]],
      ['in both, no total', { ...told(100, 5), ...inside(50), ...read(50) }, [100, 5, 50, undefined]],
      ['in both, apart', { ...told(100, 5, 155), ...inside(50), ...read(50) }, [150, 5, 50, undefined]],
      // Reasoning, in the completion and in the total only.
      [
        'and reasoning inside',
        { ...told(100, 9, 109), ...inside(50), ...reasoned(4) },
        [100, 9, 50, undefined],
      ],
      [
        'and reasoning apart',
        { ...told(100, 5, 109), ...inside(50), ...reasoned(4) },
        [100, 9, 50, undefined],
      ],
      [
        'both apart, reasoning inside',
        { ...told(100, 9, 159), ...read(50), ...reasoned(4) },
        [150, 9, 50, undefined],
      ],
      [
        'both apart, reasoning too',
        { ...told(100, 5, 159), ...read(50), ...reasoned(4) },
        [150, 9, 50, undefined],
      ],
      [
        'inside, reasoning apart',
        { ...told(100, 5, 109), ...read(50), ...reasoned(4) },
        [100, 9, 50, undefined],
      ],
      [
        "Anthropic's, reasoning apart",
        { ...own(100, 5, 159), ...read(50), reasoning_tokens: 4 },
        [150, 9, 50, undefined],
      ],
      // Gemini, which tells its thoughts in the total only, and not what they are.
      ['and untold reasoning', { ...told(100, 5, 136), ...inside(50) }, [100, 36, 50, undefined]],
      ['and untold reasoning beside', { ...told(100, 5, 136), ...read(50) }, [100, 36, 50, undefined]],
    ] as const)('%s: %o', (_name, usage, [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens]) => {
      expect(readUsage(usage)).toMatchObject({
        inputTokens,
        outputTokens,
        cacheReadTokens,
        ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
      })
    })
  })

  test('is unknown when its sum is no exact number any more', () => {
    const huge = Number.MAX_SAFE_INTEGER
    expect(readUsage({ input_tokens: huge, output_tokens: 1, cache_read_input_tokens: huge })).toBeUndefined()
  })

  test.each([
    undefined,
    null,
    'many',
    [],
    {},
    { prompt_tokens: 3 },
    { completion_tokens: 3 },
    { prompt_tokens: '3', completion_tokens: 5 },
    { prompt_tokens: -3, completion_tokens: 5 },
    { prompt_tokens: Number.NaN, completion_tokens: 5 },
    { prompt_tokens: 3, completion_tokens: 1.5 },
    { prompt_tokens: Number.POSITIVE_INFINITY, completion_tokens: 5 },
  ])('of %o is unknown, not zero', (usage) => {
    expect(readUsage(usage)).toBeUndefined()
  })

  test('never has a part that is larger than its whole, or a count that is none', () => {
    const count = fc.oneof(
      fc.integer({ min: -5, max: 50 }),
      fc.constantFrom(Number.NaN, '7', null, undefined, 0.5),
    )
    const details = fc.record({ cached_tokens: count, cache_write_tokens: count, reasoning_tokens: count })
    const any = fc.record({
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
      prompt_cache_hit_tokens: count,
      prompt_tokens_details: details,
      completion_tokens_details: details,
    })
    fc.assert(
      fc.property(any, (told) => {
        const usage = readUsage(told)
        if (usage === undefined) return
        for (const value of Object.values(usage))
          expect(Number.isSafeInteger(value) && Number(value) >= 0).toBe(true)
        expect(usage.cacheReadTokens ?? 0).toBeLessThanOrEqual(usage.inputTokens)
        expect(usage.cacheWriteTokens ?? 0).toBeLessThanOrEqual(usage.inputTokens)
        expect(usage.reasoningTokens ?? 0).toBeLessThanOrEqual(usage.outputTokens)
      }),
    )
  })

  test('of embeddings is input only', () => {
    expect(readEmbeddingUsage({ prompt_tokens: 8, total_tokens: 8 })).toEqual({
      inputTokens: 8,
      outputTokens: 0,
    })
    expect(readEmbeddingUsage({ total_tokens: 8 })).toEqual({ inputTokens: 8, outputTokens: 0 })
    expect(readEmbeddingUsage({ prompt_tokens: '8' })).toBeUndefined()
    expect(readEmbeddingUsage(undefined)).toBeUndefined()
  })
})

describe('the cost that an answer tells', () => {
  test.each([
    [{ cost: 0.25 }, 0.25],
    [{ cost: 0 }, 0],
    [{ cost: { total_cost: 0.006, input_cost: 0.001 } }, 0.006],
    [{ cost: 0.05, is_byok: true, cost_details: { upstream_inference_cost: 1 } }, 1.05],
    [{ cost: 0.05, is_byok: false, cost_details: { upstream_inference_cost: 1 } }, 0.05],
    [{ cost: 0.05, is_byok: true }, undefined],
    [{ cost: -1 }, undefined],
    [{ cost: '0.25' }, undefined],
    [{ cost: Number.NaN }, undefined],
    [{ cost: {} }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('%o is %s USD', (usage, expected) => {
    expect(readCostUsd(usage)).toBe(expected)
  })
})
