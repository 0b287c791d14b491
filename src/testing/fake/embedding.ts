import type { AnswerBody, AnswerContext } from './completion.ts'
import { usageOf } from './completion.ts'
import { toCompletionUsage } from './usage.ts'

/**
 * Embeddings made of the input's words: the same text gives the same vector, and texts that share words lie near each
 * other.
 */
export function embeddingsFor(context: AnswerContext): AnswerBody {
  const { request, step, config } = context
  const dimensions = dimensionsOf(request.body?.dimensions) ?? config.embeddingDimensions
  const isBase64 = request.body?.encoding_format === 'base64'
  const data = inputsOf(request.body?.input).map((text, index) => {
    const vector = embedText(text, dimensions)
    return { object: 'embedding', index, embedding: isBase64 ? toBase64(vector) : [...vector] }
  })
  const usage = usageOf(context, 0)
  const model = step.model ?? request.model ?? 'fake-embedding'
  const { completion_tokens: _none, ...wireUsage } = usage
    ? toCompletionUsage(usage)
    : { completion_tokens: 0 }
  return { body: { object: 'list', data, model, ...(usage && { usage: wireUsage }) }, usage }
}

function dimensionsOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 65_536
    ? value
    : undefined
}

/** One text, many texts, one token list, or many. */
function inputsOf(input: unknown): readonly string[] {
  if (!Array.isArray(input)) return [String(input)]
  if (typeof input[0] === 'number') return [input.join(' ')]
  return input.map(String)
}

/** A unit vector: each word adds one at two places that its hash names. */
function embedText(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const word of text.toLowerCase().split(/\s+/)) {
    const hash = fnv1a(word)
    addAt(vector, hash % dimensions)
    addAt(vector, (hash >>> 16) % dimensions)
  }
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

function addAt(vector: Float32Array, index: number): void {
  vector[index] = (vector[index] ?? 0) + 1
}

/** 32-bit FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a(word: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < word.length; index++)
    hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** Little-endian 32-bit floats, as the official client decodes them. */
function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer).toString('base64')
}
