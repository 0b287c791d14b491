/** How a target is doing, in words. Pure. */
import type { CircuitState, CooldownCause, TargetHealthReport } from '../../../src/core/target-health.ts'
import { formatDuration } from '../format/times.ts'
import type { Tone } from './words.ts'

export interface StateWords {
  readonly label: string
  readonly tone: Tone
  readonly why?: string
}

const STATES: Readonly<Record<CircuitState, { readonly label: string; readonly tone: Tone }>> = {
  closed: { label: 'Asked as usual', tone: 'good' },
  recovering: { label: 'Recovering', tone: 'warn' },
  'half-open': { label: 'Being probed', tone: 'warn' },
  open: { label: 'Left alone', tone: 'bad' },
}

const CAUSES: Readonly<Record<CooldownCause, string>> = {
  'retry-after': 'it said when to come back',
  quota: 'no credit is left there',
  auth: 'it refused the key',
  'not-found': 'it does not know the model',
}

/** For how long it is left alone, and why; a wait that is over says so, because only a call ends the state. */
export function stateWords({ state, cooldown, availableInMs }: TargetHealthReport): StateWords {
  if (cooldown !== undefined) {
    const why = `${lasting(cooldown.endsInMs)}: ${CAUSES[cooldown.cause] ?? cooldown.cause}`
    return { label: 'Left alone', tone: 'bad', why }
  }
  const words = STATES[state] ?? { label: state, tone: 'quiet' }
  if (state !== 'open') return words
  return availableInMs === undefined || availableInMs === 0
    ? { label: 'To be probed', tone: 'warn', why: 'it failed again and again; a call may try it now' }
    : { ...words, why: `${lasting(availableInMs)}: it fails again and again` }
}

function lasting(ms: number): string {
  return `for ${formatDuration(Math.ceil(ms / 1_000) * 1_000)}`
}
