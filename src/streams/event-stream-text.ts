import type { StreamPart } from '../core/provider-stream.ts'

/** Ends a complete stream. A stream that broke off ends without it. */
export const DONE_TEXT = 'data: [DONE]\n\n'

/** Parts as server-sent events in OpenAI's wire format, each with its JSON as it came where that is at hand. */
export function eventStreamText(parts: readonly StreamPart[]): string {
  let text = ''
  for (const part of parts) text += `data: ${jsonOf(part)}\n\n`
  return text
}

/** The event that tells a broken stream's error: `{ error: … }`. */
export function errorText(body: object): string {
  return `data: ${JSON.stringify(body)}\n\n`
}

/** A line break inside would end the event's line, and what follows would be an event of the provider's making. */
function jsonOf({ chunk, json }: StreamPart): string {
  return json === undefined || json.includes('\n') || json.includes('\r') ? JSON.stringify(chunk) : json
}
