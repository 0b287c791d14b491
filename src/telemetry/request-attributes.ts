import type { Operation } from '../core/target.ts'
import { put, told, type AttributeDraft } from './attributes.ts'
import { STANDARD } from './semconv.ts'

/** Params come from the app, often straight from a request body: only what has the right type is shown. */
export type Params = Readonly<Record<string, unknown>>

/** A span holds names and numbers, not texts. */
const LEVEL_LENGTH_MAX = 32
const STOP_SEQUENCES_MAX = 16
const STOP_LENGTH_MAX = 64
/** No provider makes more choices than this; a larger `n` must not become a large attribute. */
const CHOICES_MAX = 128

/** `gen_ai.request.*`: the settings of a request, never its content. */
export function putRequest(draft: AttributeDraft, operation: Operation, given: Params | undefined): void {
  if (given === undefined) return
  if (operation === 'embeddings') {
    put(draft, STANDARD.dimensionCount, number(given['dimensions']))
    return
  }
  put(draft, STANDARD.maxTokens, number(given['max_completion_tokens'] ?? given['max_tokens']))
  put(draft, STANDARD.temperature, number(given['temperature']))
  put(draft, STANDARD.topP, number(given['top_p']))
  put(draft, STANDARD.frequencyPenalty, number(given['frequency_penalty']))
  put(draft, STANDARD.presencePenalty, number(given['presence_penalty']))
  put(draft, STANDARD.seed, number(given['seed']))
  put(draft, STANDARD.stopSequences, stopSequences(given['stop']))
  put(draft, STANDARD.reasoningLevel, word(given['reasoning_effort']))
  put(draft, STANDARD.outputType, outputType(given))
  const choices = choicesOf(given)
  if (choices !== 1) draft[STANDARD.choiceCount] = choices
}

/**
 * `gen_ai.response.finish_reasons`, by choice: one that was expected and never came, or began and never finished, is
 * `error`.
 */
export function finishReasonsOf(
  operation: Operation,
  given: Params | undefined,
  received: readonly string[] | undefined,
): string[] | undefined {
  if (operation !== 'chat') return undefined
  // An unfinished choice of a stream may be a hole, or an empty word.
  const reasons = Array.from((received ?? []).slice(0, CHOICES_MAX), (reason) => told(reason) || 'error')
  const expected = Math.min(given === undefined ? 1 : choicesOf(given), CHOICES_MAX)
  while (reasons.length < expected) reasons.push('error')
  return reasons
}

function choicesOf(params: Params): number {
  return number(params['n']) ?? 1
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LEVEL_LENGTH_MAX ? value : undefined
}

function stopSequences(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined
  const sequences = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string')
  return sequences.slice(0, STOP_SEQUENCES_MAX).map((each) => each.slice(0, STOP_LENGTH_MAX))
}

function outputType(params: Params): 'json' | 'text' | 'speech' | undefined {
  const { modalities, response_format: format } = params
  if (Array.isArray(modalities) && modalities.includes('audio')) return 'speech'
  if (typeof format !== 'object' || format === null || !('type' in format)) return undefined
  if (format.type === 'text') return 'text'
  return format.type === 'json_object' || format.type === 'json_schema' ? 'json' : undefined
}
