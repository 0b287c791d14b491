import { createPurse } from '../budgets/request-purse.ts'
import type { Settlement } from '../core/settlement.ts'
import type { CommittedFacts } from '../router/committed-facts.ts'
import type { CallBinding } from '../router/open-call.ts'
import { expressRoute } from './express-route.ts'
import { watchHangUp } from './hang-up.ts'
import { identifyOnce } from './identify-once.ts'
import { watchManyCalls } from './many-calls.ts'
import type { RequestParts } from './request-parts.ts'
import { writeCommittedHeaders, writeResponseHeaders } from './response-headers.ts'

/** Ties calls to the HTTP request that makes them: who asks, on which route, and whether they are still there. */
export function bindRequest(parts: RequestParts): CallBinding {
  const { state, req, res, totals } = parts
  const telemetry = state.telemetry.attach()
  const watch = watchManyCalls(parts)
  return {
    caller: identifyOnce(parts),
    route: () => telemetry.route() ?? expressRoute(req),
    method: req.method,
    isOverhead: false,
    onHangUp: watchHangUp(res),
    telemetry,
    purse: createPurse(state.config.maxRequestNanoUsd),
    committed: (facts: CommittedFacts) => writeCommittedHeaders(res, facts, state.config.responseHeaders),
    settled(settlement: Settlement) {
      totals.add(settlement)
      const summary = totals.summary()
      telemetry.rollUp(summary)
      watch(summary, settlement.route)
      writeResponseHeaders(res, settlement, { totals, options: state.config.responseHeaders })
    },
  }
}
