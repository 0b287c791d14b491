import type { AttemptFailure } from '../core/attempt-failure.ts'
import type { FailureKind } from '../core/failure-kind.ts'

/** Somebody upstream may have worked for these; all others are a provider's no. */
const SILENT: ReadonlySet<FailureKind> = new Set([
  'connection',
  'timeout',
  'protocol',
  'stream-interrupted',
  'abandoned',
  'cancelled',
])

/**
 * May a request that got no content, and no count of its tokens, be billed all the same? It may when it was sent, and
 * nobody has refused it: an error in place of an answer costs nothing, under whatever status it comes.
 */
export function mayBeBilled({ kind, status, wasSent }: AttemptFailure): boolean {
  return wasSent && status === undefined && SILENT.has(kind)
}
