import { context, createContextKey, trace, type Context, type Span } from '@opentelemetry/api'
import type { CallSummary } from '../core/report.ts'
import { requestAttributes } from './call-attributes.ts'
import type { Safely } from './safely.ts'

/** One HTTP request, as telemetry sees it. */
export interface RequestTelemetry {
  /** Where calls belong when the app lost its own context; undefined where nothing is recorded. */
  readonly parent: Context | undefined
  /** Writes the request's totals onto its server span, as long as that is open. */
  rollUp(summary: CallSummary): void
}

export const NO_REQUEST: RequestTelemetry = { parent: undefined, rollUp: () => undefined }

/** The HTTP instrumentation leaves the server span here (`@opentelemetry/core`, `getRPCMetadata`). */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

/** Looks at the context that the middleware runs in. */
export function attachRequest(safely: Safely): RequestTelemetry {
  const active = context.active()
  const span = serverSpan(active)
  if (span === undefined) return NO_REQUEST
  return {
    parent: trace.setSpan(active, span),
    rollUp(summary) {
      safely(
        'roll-up',
        () => void (span.isRecording() && span.setAttributes(requestAttributes(summary))),
        undefined,
      )
    },
  }
}

/**
 * Inside Express middleware the active span can be a layer's, which ends at `next()`; so the one in the RPC metadata
 * comes first.
 */
function serverSpan(active: Context): Span | undefined {
  const metadata: unknown = active.getValue(RPC_METADATA)
  if (typeof metadata === 'object' && metadata !== null && 'span' in metadata && isSpan(metadata.span)) {
    return metadata.span
  }
  return trace.getSpan(active)
}

function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null && 'setAttributes' in value && 'isRecording' in value
}
