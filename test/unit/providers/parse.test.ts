import { describe, expect, test } from 'vitest'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import type { ChatCompletion } from '../../../src/core/openai-types.ts'
import { parseChatAnswer, validateParseTools } from '../../../src/providers/parse.ts'

const response_format = zodResponseFormat(z.object({ answer: z.number() }), 'answer')

function completion(content: string): ChatCompletion {
  return {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        message: { role: 'assistant', content, refusal: null },
      },
    ],
  }
}

describe('parsing', () => {
  test('gives what the schema makes of the answer', () => {
    const parsed = parseChatAnswer(completion('{"answer":42}'), { messages: [], response_format })
    const answer: number | undefined = parsed.choices[0]?.message.parsed?.answer
    expect(answer).toBe(42)
  })

  test('throws when the schema refuses the answer', () => {
    expect(() => parseChatAnswer(completion('{"answer":"many"}'), { messages: [], response_format })).toThrow(
      /answer/,
    )
    expect(() => parseChatAnswer(completion('no JSON'), { messages: [], response_format })).toThrow(
      SyntaxError,
    )
  })

  test('refuses functions that are not strict, before anything is sent', () => {
    const tools = [{ type: 'function' as const, function: { name: 'look', parameters: {} } }]
    expect(() => validateParseTools({ tools })).toThrow(/look/)
    expect(() => validateParseTools({})).not.toThrow()
  })
})
