import { invalidParams, type LlmError } from '../core/llm-error.ts'

/** Names the param, the rule and the way out. */
export function wrongParam(name: string, rule: string, hint = ''): LlmError {
  return invalidParams(`"${name}" ${rule}.${hint}`, name)
}

/** @param toMs undefined where it was left out, and now is meant */
export function wrongOrder(fromMs: number, toMs: number | undefined, nowMs: number): LlmError {
  const end = toMs === undefined ? `now, ${shown(nowMs)}` : shown(toMs)
  return wrongParam('from', `must lie before "to": ${shown(fromMs)} is not before ${end}`)
}

export function shown(ms: number): string {
  return new Date(ms).toISOString()
}

/** `, not "yesterday"`: a value as an error may show it, in one line and not long. */
export function not(value: unknown): string {
  if (typeof value === 'string') return `, not ${quoted(value)}`
  return value === null || typeof value === 'number'
    ? `, not ${value}`
    : `, not a value of type ${typeof value}`
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_MAX_CHARS ? `${text.slice(0, SHOWN_MAX_CHARS)}…` : text)
}

const SHOWN_MAX_CHARS = 60
