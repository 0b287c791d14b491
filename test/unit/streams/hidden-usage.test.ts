import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChatChunk } from '../../../src/core/openai-types.ts'
import type { StreamPart } from '../../../src/core/provider-stream.ts'
import { withoutUsage } from '../../../src/streams/hidden-usage.ts'

const part = (chunk: object): StreamPart => ({
  chunk: chunk as ChatChunk,
  json: JSON.stringify(chunk),
})
const content = (text: string): object => ({ id: 'x', choices: [{ index: 0, delta: { content: text } }] })

test('parts without usage stay as they are', () => {
  const parts = [part(content('a'))]
  expect(withoutUsage(parts)).toBe(parts)
})

test('a part that holds nothing but usage is left out', () => {
  expect(withoutUsage([part({ id: 'x', choices: [], usage: { prompt_tokens: 1 } })])).toEqual([])
})

test('a part without choices and without usage is not ours to hide', () => {
  const parts = [part({ id: 'x', choices: [], prompt_filter_results: [] })]
  expect(withoutUsage(parts)).toEqual(parts)
})

test('usage beside content is taken away, and the text is written anew', () => {
  const [seen] = withoutUsage([part({ ...content('a'), usage: { prompt_tokens: 1 } })])
  expect(seen).toEqual({ chunk: content('a'), json: undefined })
})

test('what stays of the text says what the chunk says, whatever the content is', () => {
  const odd = fc.oneof(fc.string(), fc.constant(',"usage":null}'), fc.constant('\\",\\"usage\\":null'))
  fc.assert(
    fc.property(odd, fc.boolean(), (text, isLast) => {
      const chunk = isLast
        ? { ...content(text), usage: null }
        : { usage: null, ...content(text), usage_extra: 1 }
      const [seen] = withoutUsage([part(chunk)])
      expect(seen?.chunk).not.toHaveProperty('usage')
      if (seen?.json !== undefined) expect(JSON.parse(seen.json)).toEqual(seen.chunk)
    }),
  )
})

test('the text is kept where services put the empty usage', () => {
  for (const chunk of [
    { ...content('a'), usage: null },
    { ...content('a'), usage: null, obfuscation: 'x1' },
  ]) {
    const [seen] = withoutUsage([part(chunk)])
    expect(seen?.json).toBe(JSON.stringify(seen?.chunk))
  }
})
