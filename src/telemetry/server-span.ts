import { context, createContextKey, trace, type Context, type Span } from '@opentelemetry/api'
import type { CallSummary } from '../core/report.ts'
import { requestAttributes } from './call-attributes.ts'
import type { Safely } from './safely.ts'

/** One HTTP request, as telemetry sees it. */
export interface RequestTelemetry {
  /** Where calls belong when the app lost its own context; undefined where nothing is recorded. */
  readonly parent: Context | undefined
  /** The whole route pattern, where an instrumentation of the app's framework has found it. */
  route(): string | undefined
  /** Writes the request's totals onto its server span, as long as that is open. */
  rollUp(summary: CallSummary): void
}

export const NO_REQUEST: RequestTelemetry = {
  parent: undefined,
  route: () => undefined,
  rollUp: () => undefined,
}

/** The HTTP instrumentation leaves the server span here (`@opentelemetry/core`, `getRPCMetadata`). */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

/** Looks at the context that the middleware runs in. */
export function attachRequest(safely: Safely): RequestTelemetry {
  const active = context.active()
  const span = serverSpan(active)
  if (span === undefined) return NO_REQUEST
  return {
    parent: trace.setSpan(active, span),
    route: () => safely('route', () => routeOf(active), undefined),
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

/** Filled in by the framework's instrumentation while the request goes through its layers. */
function routeOf(active: Context): string | undefined {
  const metadata: unknown = active.getValue(RPC_METADATA)
  if (typeof metadata !== 'object' || metadata === null || !('route' in metadata)) return undefined
  return typeof metadata.route === 'string' && metadata.route !== '' ? metadata.route : undefined
}

function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null && 'setAttributes' in value && 'isRecording' in value
}
