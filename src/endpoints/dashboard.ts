import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AppRequest } from '../core/identify.ts'
import { invalidConfig } from '../core/llm-error.ts'
import { stateOf, type Router } from '../surface/router.ts'
import { admit } from './admit.ts'
import { costApiConfig, type CostApiOptions } from './cost-api-options.ts'
import { methodNotAllowed, notFound } from './http-refusal.ts'
import { readPageFiles, type PageFile } from './page-files.ts'
import { pathOf } from './request-path.ts'
import { GUARD_HEADERS, refuse, serveCosts, type CostVisit } from './serve-costs.ts'
import { servePage } from './serve-page.ts'

export interface DashboardOptions<Req = AppRequest> extends CostApiOptions<Req> {
  /** What the page is called, in its corner and in the browser's tab. @default 'express-llm' */
  readonly title?: string
}

/** A handler of `node:http` shape: Express 5, Express 4 and Connect all take it. */
export type Dashboard = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void

const TITLE_MAX_CHARS = 100

/**
 * A page that shows who spent what, and whether it was worth it: `app.use('/llm', dashboard(router, { authorize }))` serves it at
 * `/llm/`, and the cost API that it reads (see `costApi()`) below the same mount, all of it to those only whom `authorize` lets
 * in. The page loads nothing from elsewhere, and nothing can be changed through it.
 *
 * @throws LlmError `config_invalid` for wrong options, `authorize` left out among them, and where the page's files are missing
 */
export function dashboard<Req = AppRequest>(router: Router, options: DashboardOptions<Req>): Dashboard {
  const { title, rest } = withoutTitle(options)
  const config = costApiConfig('dashboard()', router, rest)
  const state = stateOf(router)
  const files = readPageFiles(title)
  return function dashboardHandler(req, res, next = () => res.destroy()) {
    const visit = { state, config, req, res }
    const file = files.get(pathOf(req))
    const served = file === undefined ? serveReport(visit) : serveFile(visit, file)
    // Failures are answers; what is left is a bug, and the app's own error handler should see it.
    served.catch(next)
  }
}

/** The title is the page's own; everything else is the cost API's, which checks it. */
function withoutTitle(options: unknown): { readonly title: string; readonly rest: unknown } {
  if (typeof options !== 'object' || options === null) return { title: '', rest: options }
  const { title = 'express-llm', ...rest }: { readonly title?: unknown } = options
  if (typeof title === 'string' && title.trim() !== '' && title.length <= TITLE_MAX_CHARS)
    return { title, rest }
  const rule = `"title" must be a text of 1 to ${TITLE_MAX_CHARS} characters`
  throw invalidConfig(`dashboard() cannot be mounted: ${rule}.`, 'title')
}

async function serveReport(visit: CostVisit): Promise<void> {
  if (await serveCosts(visit)) return
  for (const [name, value] of Object.entries(GUARD_HEADERS)) visit.res.setHeader(name, value)
  notFound('The dashboard has no such path: its page is at /, and /openapi.json lists the others.').send(
    visit.res,
  )
}

async function serveFile(visit: CostVisit, file: PageFile): Promise<void> {
  const { req, res, state, config } = visit
  for (const [name, value] of Object.entries(GUARD_HEADERS)) res.setHeader(name, value)
  try {
    if (req.method !== 'GET' && req.method !== 'HEAD') throw methodNotAllowed()
    if (!(await admit(config.authorize, visit)) || res.closed) return
    const location = pathOf(req) === '/' ? withSlash(req) : undefined
    if (location === undefined) servePage(req, res, file)
    else redirect(res, location)
  } catch (thrown) {
    refuse(state, res, thrown)
  }
}

/**
 * Where the mount itself was asked for (`/llm`), whose page would look for its files one level too high: the same with a slash.
 * Relative, because a proxy may have taken a prefix off.
 */
function withSlash({
  originalUrl,
  url,
}: IncomingMessage & { readonly originalUrl?: unknown }): string | undefined {
  const asked = typeof originalUrl === 'string' ? originalUrl : (url ?? '/')
  const [path = '/', ...query] = asked.replace(/^https?:\/\/[^/?]*/i, '').split('?')
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name === '') return undefined
  return `./${name}/${query.length === 0 ? '' : `?${query.join('?')}`}`
}

function redirect(res: ServerResponse, location: string): void {
  res.statusCode = 307
  res.setHeader('location', location)
  res.end()
}
