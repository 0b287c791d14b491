/** What the API's names are called on the page. */
import type { Dimension } from '../../../src/core/ledger-store.ts'
import type { CostFigures } from '../../../src/core/costs.ts'

export const DIMENSION_NAMES: readonly Exclude<Dimension, 'all'>[] = [
  'model',
  'provider',
  'tier',
  'task',
  'complexity',
  'user',
  'tenant',
  'route',
  'feature',
  'outcome',
]

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'busy'

interface OutcomeWords {
  readonly label: string
  readonly tone: Tone
  readonly meaning: string
}

const OUTCOMES: Readonly<Record<string, OutcomeWords>> = {
  success: { label: 'Answered', tone: 'good', meaning: 'The first target answered.' },
  degraded: { label: 'Fallback', tone: 'warn', meaning: 'Another target than the first answered.' },
  refused: { label: 'Refused', tone: 'quiet', meaning: 'Refused before anybody was asked.' },
  exhausted: { label: 'Failed', tone: 'bad', meaning: 'No target could answer.' },
  cancelled: { label: 'Cancelled', tone: 'quiet', meaning: 'Somebody ended the call.' },
}

export const OUTCOME_NAMES = Object.keys(OUTCOMES)

export function outcomeWords(outcome: string): OutcomeWords {
  return OUTCOMES[outcome] ?? { label: outcome, tone: 'quiet', meaning: outcome }
}

const ATTEMPTS: Readonly<Record<string, { readonly label: string; readonly tone: Tone }>> = {
  success: { label: 'answered', tone: 'good' },
  failed: { label: 'failed', tone: 'bad' },
  rejected: { label: 'answer not accepted', tone: 'bad' },
  cancelled: { label: 'cancelled', tone: 'quiet' },
  hedge_lost: { label: 'not needed', tone: 'quiet' },
}

export function attemptWords(outcome: string | undefined): { readonly label: string; readonly tone: Tone } {
  return ATTEMPTS[outcome ?? ''] ?? { label: outcome ?? 'unknown', tone: 'quiet' }
}

/** What a group of a dimension is called where calls have none. */
export function groupLabel(key: string | null, by: Dimension): string {
  if (key === null) return `no ${by}`
  return by === 'outcome' ? outcomeWords(key).label : key
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Calls that got no answer although somebody wanted one. */
export function failedCalls({ exhausted, refused }: CostFigures): number {
  return exhausted + refused
}
