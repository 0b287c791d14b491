/** A complete answer with its middle taken out, for sabotage; undefined for one that is too short for that. */
export function truncated(body: string): string | undefined {
  const events = body.split('\n\n')
  if (events.length < 10 || !body.endsWith('[DONE]\n\n')) return undefined
  return [...events.slice(0, 2), ...events.slice(6)].join('\n\n')
}
