import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RouterState } from '../router/router-state.ts'
import type { Totals } from '../router/totals.ts'

/** One HTTP request of the app, and the router that its calls go through. */
export interface RequestParts {
  readonly state: RouterState
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly totals: Totals
}
