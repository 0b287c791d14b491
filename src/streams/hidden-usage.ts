import type { StreamPart } from '../core/provider-stream.ts'

/**
 * Parts as a caller sees them who did not ask for `stream_options.include_usage`: we ask for usage in their place, and
 * what comes of it is ours. The part that holds nothing else is left out, `usage` of the others is taken away.
 */
export function withoutUsage(parts: readonly StreamPart[]): readonly StreamPart[] {
  if (!parts.some(showsUsage)) return parts
  return parts.filter(({ chunk }) => chunk.choices.length > 0 || !chunk.usage).map(strip)
}

function showsUsage({ chunk }: StreamPart): boolean {
  return 'usage' in chunk
}

/** Beside every content, services that were asked for usage say that it comes later. */
const NULL_USAGE = ',"usage":null'

function strip(part: StreamPart): StreamPart {
  if (!showsUsage(part)) return part
  const { usage, ...chunk } = part.chunk
  return { chunk, json: usage === null ? withoutNull(part.json) : undefined }
}

/** Cut out of the text where it stands there once. Inside a string its quotes would be escaped, so it is a field. */
function withoutNull(json: string | undefined): string | undefined {
  const at = json?.indexOf(NULL_USAGE) ?? -1
  if (json === undefined || at === -1 || json.includes(NULL_USAGE, at + 1)) return undefined
  return json.slice(0, at) + json.slice(at + NULL_USAGE.length)
}
