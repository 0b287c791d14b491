/** Objects that are passed by mistake often enough to be called by their names. */

/**
 * What this is, when it is no options at all but something that a list of unknown options would not explain.
 *
 * @returns words that follow "this is"; undefined for what may be options
 */
export function mistakenFor(value: unknown): 'a promise' | 'an openai client' | 'a router' | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (typeof Reflect.get(value, 'then') === 'function') return 'a promise'
  const chat: unknown = Reflect.get(value, 'chat')
  if (typeof chat !== 'object' || chat === null || !('completions' in chat)) return undefined
  // A router of another copy of this package, or one where options are due.
  return 'baseURL' in value ? 'an openai client' : 'a router'
}

/** Is this a model of the AI SDK that nobody has put into `fromAiSdk`? */
export function isBareAiSdkModel(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'specificationVersion' in value &&
    'doGenerate' in value &&
    typeof value.doGenerate === 'function'
  )
}
