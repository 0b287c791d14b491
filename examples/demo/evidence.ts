import { writeFileSync } from 'node:fs'
import type { CallSummary, Router } from 'express-llm'
import type { CapturedSpan } from 'express-llm/testing'
import type { CastMember } from './providers.ts'
import type { Tracing } from './tracing.ts'

/** What the run left behind in three places that know nothing of the printed tables. */
export interface Evidence {
  /** Every span, as OpenTelemetry recorded it. */
  readonly spans: readonly CapturedSpan[]
  /** The router's own running total. */
  readonly summary: CallSummary
  /** What each fake provider received and answered. */
  readonly fakes: Readonly<Record<string, readonly EvidenceRequest[]>>
}

/** What each fake provider logged of one request. */
export interface EvidenceRequest {
  readonly model: string | undefined
  readonly outcome: string
  readonly status: number | undefined
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number } | undefined
}

interface Witnesses {
  readonly router: Router
  readonly tracing: Tracing
  readonly cast: readonly CastMember[]
}

/** Writes it to a file, for whoever wants to check the tables. */
export function writeEvidence(path: string, { router, tracing, cast }: Witnesses): void {
  const fakes = cast.flatMap(({ instance, fake }) => (fake ? [[instance, requestsOf(fake)]] : []))
  const evidence: Evidence = {
    spans: tracing.spans(),
    summary: router.summary(),
    fakes: Object.fromEntries(fakes),
  }
  writeFileSync(path, JSON.stringify(evidence, null, 2))
}

function requestsOf({ requests }: NonNullable<CastMember['fake']>): readonly EvidenceRequest[] {
  return requests.map(({ model, outcome, status, usage }) => ({ model, outcome, status, usage }))
}
