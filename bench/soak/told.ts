/** Whether attempts were charged with what the providers told. Pure. */
import type { AttemptFacts, SeenFacts } from './facts.ts'

/** @returns what does not fit, in words */
export function toldMismatches(
  attempts: readonly AttemptFacts[],
  seen: readonly SeenFacts[],
): readonly string[] {
  const requests = new Map<string, SeenFacts[]>()
  for (const each of seen) {
    const key = keyOf(each)
    const known = requests.get(key)
    if (known === undefined) requests.set(key, [each])
    else known.push(each)
  }
  return attempts.flatMap((attempt) => mismatchOf(attempt, requests.get(keyOf(attempt)) ?? []) ?? [])
}

function keyOf({ number, fake }: { readonly number: number; readonly fake: string }): string {
  return `${fake} ${number}`
}

/** A target that was asked twice has told twice, so one of its requests must fit. */
function mismatchOf(attempt: AttemptFacts, requests: readonly SeenFacts[]): string | undefined {
  const { number, fake, told, isSuccess } = attempt
  const which = `stream ${number}, ${fake}`
  if (told === undefined) {
    const hasTold = requests.length === 1 && requests[0]?.outcome === 'answered' && requests[0].told
    return isSuccess && hasTold ? `${which}: what it told was not heard` : undefined
  }
  if (!requests.some((request) => fits(attempt, request)))
    return `${which}: ${told.inputTokens}+${told.outputTokens} tokens that nobody told`
  return undefined
}

function fits({ told, costUsd }: AttemptFacts, { told: wire }: SeenFacts): boolean {
  if (told === undefined || wire === undefined) return false
  if (told.inputTokens !== wire.inputTokens || told.outputTokens !== wire.outputTokens) return false
  // A provider that tells its cost is believed, to the nano-dollar.
  return wire.costUsd === undefined || Math.abs((costUsd ?? NaN) - wire.costUsd) < 1e-9
}
