import { describe, expect, test } from 'vitest'
import { PRESETS } from '../../../src/providers/presets.ts'
import { completionOfResponse, createResponsesTranslation } from '../../../src/providers/responses-dialect.ts'

const text = (value: string, annotations: object[] = []): object => ({
  type: 'message',
  content: [{ type: 'output_text', text: value, annotations }],
})

describe('an answer of the Responses API', () => {
  test('that was cut says why', () => {
    const response = {
      output: [text('x')],
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    }
    expect(completionOfResponse(response)?.choices[0]?.finish_reason).toBe('length')
    const filtered = { ...response, incomplete_details: { reason: 'content_filter' } }
    expect(completionOfResponse(filtered)?.choices[0]?.finish_reason).toBe('content_filter')
  })

  test('that refuses has a refusal and no content', () => {
    const response = { output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }] }
    expect(completionOfResponse(response)?.choices[0]?.message).toMatchObject({
      content: null,
      refusal: 'No.',
    })
  })

  test('keeps citations from wherever they are told', () => {
    const read = (response: object): unknown => Reflect.get(completionOfResponse(response) ?? {}, 'citations')
    expect(read({ output: [text('x')], citations: ['https://a.example'] })).toEqual(['https://a.example'])
    const annotated = text('x', [
      { type: 'url_citation', url: 'https://b.example' },
      { url: 'https://b.example' },
    ])
    expect(read({ output: [annotated] })).toEqual(['https://b.example'])
    expect(read({ output: [text('x')] })).toBeUndefined()
  })

  test.each([undefined, null, 'x', [], {}, { output: [] }, { output: [{ type: 'reasoning' }] }])(
    '%o is none',
    (response) => {
      expect(completionOfResponse(response)).toBeUndefined()
    },
  )
})

test('parts stay parts, and earlier answers become text', () => {
  const translation = createResponsesTranslation('perplexity', PRESETS.perplexity.dialect)
  const { body } = translation.body(
    {
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'c' },
            { type: 'text', text: 'd' },
          ],
        },
      ],
    },
    'sonar',
  )
  expect(body['input']).toEqual([
    { type: 'message', role: 'system', content: 'Be brief.' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'a' },
        { type: 'input_text', text: 'b' },
      ],
    },
    { type: 'message', role: 'assistant', content: 'cd' },
  ])
})
