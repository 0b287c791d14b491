import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFakeOptions } from '../../../../src/testing/fake/options.ts'
import type { StreamResponse } from '../../../../src/testing/fake/response.ts'
import { createFakeService } from '../../../../src/testing/fake/service.ts'
import type { FakeStepLike } from '../../../../src/testing/fake/step.ts'

const request = { method: 'POST', path: '/v1/chat/completions', headers: {}, socketId: undefined }
const messages = [{ role: 'user', content: 'hello' }]

function streamed(step: FakeStepLike, params: object = {}): StreamResponse {
  const service = createFakeService(parseFakeOptions({ script: [step] }))
  const body = JSON.stringify({ model: 'm', messages, stream: true, ...params })
  const { response } = service.receive({ ...request, body })
  if (response.kind !== 'stream') throw new Error(`the answer is ${JSON.stringify(response)}`)
  return response
}

/** The chunks of a stream, parsed. */
function chunksOf({ events }: StreamResponse) {
  return [...events]
    .map(({ text }) => text)
    .filter((text) => text.startsWith('data: {'))
    .map((text) => JSON.parse(text.slice('data: '.length)))
}

test('the pieces of any text are at most five characters, split no pair, and make the text again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (answer) => {
      const pieces = chunksOf(streamed(answer))
        .map(({ choices }) => choices[0].delta.content)
        .filter((content) => content !== undefined && content !== '')
      expect(pieces.join('')).toBe(answer)
      expect(pieces.every((piece) => piece.length <= 5 && piece.isWellFormed())).toBe(true)
    }),
  )
})

test('the tokens that are said to be sent are the chunks with output, wherever the stream is cut', () => {
  const count = fc.integer({ min: 0, max: 12 })
  fc.assert(
    fc.property(fc.string(), count, (answer, afterTokens) => {
      const whole = [...streamed(answer).events].reduce((sum, { tokens }) => sum + tokens, 0)
      const { events, ending } = streamed({ fault: 'cut', answer, afterTokens })
      const sent = [...events].reduce((sum, { tokens }) => sum + tokens, 0)
      expect(sent).toBe(Math.min(afterTokens, whole))
      expect([...events].some(({ isComplete }) => isComplete)).toBe(false)
      expect(ending).toBe('close')
    }),
  )
})

test('a stream can be read twice, and is the same', () => {
  const { events } = streamed({ toolCalls: [{ name: 'find' }], reasoning: 'why' })
  expect([...events]).toEqual([...events])
})

test('a fault stands in the middle where the step does not say', () => {
  const cut = streamed({ fault: 'cut', answer: 'x'.repeat(40) })
  expect([...cut.events].reduce((sum, { tokens }) => sum + tokens, 0)).toBe(5)
})

test('without role chunks the first chunk is the first token, and tells the first piece of usage', () => {
  const [first] = chunksOf(streamed({ answer: 'hi there', roleChunks: 0, streamUsage: 'pieces' }))
  expect(first).toMatchObject({ choices: [{ delta: { content: 'hi t' } }], usage: { prompt_tokens: 2 } })
})

test('parts of a completion are in every chunk, and its own usage is told', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, extra: true }
  const chunks = chunksOf(
    streamed({ answer: { system_fingerprint: 'fp', usage } }, { stream_options: { include_usage: true } }),
  )
  expect(chunks.every((chunk) => chunk.system_fingerprint === 'fp')).toBe(true)
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage })
})

test('what is no text in a message comes whole', () => {
  const audio = { id: 'a', data: 'AAAA', expires_at: 1, transcript: 'hi' }
  const message = { role: 'assistant' as const, content: null, refusal: null, audio }
  const choice = { index: 0, message, finish_reason: 'stop' as const, logprobs: null }
  const chunks = chunksOf(streamed({ answer: { choices: [choice] } }))
  expect(chunks.map(({ choices }) => choices[0].delta)).toEqual([
    { role: 'assistant', content: '' },
    { audio },
    {},
  ])
})

test('choices that cannot be streamed are told as a mistake of the script', () => {
  const wrong = { answer: { choices: [{}] } } as unknown as FakeStepLike
  expect(() => streamed(wrong)).toThrow('fake_script_threw')
})

test('usage that is absent is never told', () => {
  const chunks = chunksOf(streamed({ usage: 'absent' }, { stream_options: { include_usage: true } }))
  expect(chunks.every(({ choices, usage }) => choices.length === 1 && !usage)).toBe(true)
})
