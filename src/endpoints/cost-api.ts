import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AppRequest } from '../core/identify.ts'
import { stateOf, type Router } from '../surface/router.ts'
import { costApiConfig, type CostApiOptions } from './cost-api-options.ts'
import { notFound } from './http-refusal.ts'
import { GUARD_HEADERS, serveCosts } from './serve-costs.ts'

/** A handler of `node:http` shape: Express 5, Express 4 and Connect all take it. */
export type CostApi = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void

/**
 * What was spent, as JSON: `app.use('/llm', costApi(router, { authorize }))` answers `GET /costs`, `/costs/today`, `/calls`,
 * `/calls/{id}`, `/budgets`, `/health`, `/export` and `/openapi.json` below the mount, to those whom `authorize` lets in.
 * Everything else is a 404. Nothing can be changed through it, and no other site's page can read it.
 *
 * @throws LlmError `config_invalid` for wrong options, `authorize` left out among them
 */
export function costApi<Req = AppRequest>(router: Router, options: CostApiOptions<Req>): CostApi {
  const config = costApiConfig('costApi()', router, options)
  const state = stateOf(router)
  return function costApiHandler(req, res, next = () => res.destroy()) {
    serveCosts({ state, config, req, res })
      .then((isAnswered) => {
        if (!isAnswered) refuseUnknown(res)
      })
      // Failures are answers; what is left is a bug, and the app's own error handler should see it.
      .catch(next)
  }
}

function refuseUnknown(res: ServerResponse): void {
  for (const [name, value] of Object.entries(GUARD_HEADERS)) res.setHeader(name, value)
  notFound('The cost API has no such path; /openapi.json lists those that it has.').send(res)
}
