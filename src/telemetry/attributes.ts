/** The simple values that every version of the API takes. */
export type AttributeValue = string | number | boolean | string[]

/** Attributes under construction: made once per span, handed over in one call. */
export type AttributeDraft = Record<string, AttributeValue>

/** Sets what is known. Unknown is absent: never 0, never an empty string. */
export function put(draft: AttributeDraft, name: string, value: AttributeValue | undefined): void {
  if (value !== undefined) draft[name] = value
}

/** Names and ids that a provider sent: a broken one must not make large attributes. Characters. */
const TOLD_LENGTH_MAX = 128

export function told(text: string | undefined): string | undefined {
  return text !== undefined && text.length > TOLD_LENGTH_MAX ? text.slice(0, TOLD_LENGTH_MAX) : text
}

export function seconds(ms: number): number {
  return ms / 1000
}
