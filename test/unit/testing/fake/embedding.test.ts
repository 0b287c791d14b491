import { expect, test } from 'vitest'
import { embeddingsFor } from '../../../../src/testing/fake/embedding.ts'
import { parseFakeOptions } from '../../../../src/testing/fake/options.ts'
import { readFakeRequest } from '../../../../src/testing/fake/request.ts'

interface EmbeddingBody {
  data: { index: number; embedding: number[] | string }[]
  usage?: object
}

function embed(body: object): EmbeddingBody {
  const raw = { method: 'POST', path: '/v1/embeddings', headers: {}, body: JSON.stringify(body), socketId: 1 }
  const request = readFakeRequest(raw, 0)
  return embeddingsFor({ request, step: {}, config: parseFakeOptions({}), number: 1 }).body as EmbeddingBody
}

function vectorsOf(body: object): number[][] {
  return embed(body).data.map(({ embedding }) => embedding as number[])
}

function cosine(a: number[], b: number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0)
}

test('gives the same vector for the same text, of length one and the size asked for', () => {
  const [a, b] = vectorsOf({ input: ['the cat sat', 'the cat sat'], dimensions: 64 })
  expect(a).toEqual(b)
  expect(a).toHaveLength(64)
  expect(cosine(a!, a!)).toBeCloseTo(1)
})

test('puts texts that share words nearer than texts that do not', () => {
  const input = ['reset my password please', 'please reset the password', 'weather in Paris tomorrow']
  const [question, similar, other] = vectorsOf({ input, dimensions: 256 })
  expect(cosine(question!, similar!)).toBeGreaterThan(cosine(question!, other!) + 0.3)
})

test('encodes little-endian floats in base64 when asked', () => {
  const [plain] = vectorsOf({ input: 'hello' })
  const { embedding } = embed({ input: 'hello', encoding_format: 'base64' }).data[0]!
  const bytes = Buffer.from(embedding as string, 'base64')
  expect(plain!.map((_, index) => bytes.readFloatLE(index * 4))).toEqual(plain)
})

test('takes token lists, and ignores a size that is none', () => {
  expect(vectorsOf({ input: [1, 2, 3] })).toHaveLength(1)
  expect(vectorsOf({ input: [[1], [2]], dimensions: -1 }).map((vector) => vector.length)).toEqual([8, 8])
})

test('tells input tokens and no output tokens', () => {
  expect(embed({ input: 'x'.repeat(40) }).usage).toEqual({ prompt_tokens: 10, total_tokens: 10 })
})
