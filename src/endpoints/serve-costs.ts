import type { IncomingMessage, ServerResponse } from 'node:http'
import { dateAt } from '../core/calendar.ts'
import { LlmError } from '../core/llm-error.ts'
import type { GivenParams } from '../ledger/read-params.ts'
import { EXPORT_PARAMS } from '../ledger/query-param.ts'
import { paramTwice, readParams } from '../ledger/read-params.ts'
import { sendProblem } from '../middleware/error-handler.ts'
import type { RouterState } from '../router/router-state.ts'
import { createReports, type Reports } from '../surface/reports.ts'
import { admit } from './admit.ts'
import type { CostApiConfig } from './cost-api-options.ts'
import { COST_ROUTES, EXPORT_ROUTE, OPEN_API_PATH, withoutParams, type CostRoute } from './cost-routes.ts'
import { HttpRefusal, methodNotAllowed } from './http-refusal.ts'
import { mountOf } from './mount-of.ts'
import { openApi } from './open-api.ts'
import { pathOf } from './request-path.ts'
import { sendExport } from './send-export.ts'

/** A visit to the cost API, its mount taken off its path. */
export interface CostVisit {
  readonly state: RouterState
  readonly config: CostApiConfig
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Nothing of it is for caches, other sites or frames. */
export const GUARD_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

/**
 * Answers a request for the cost API, refusals included. Nothing is read before `authorize` has let the visitor in.
 *
 * @returns false where the path is none of its own: nothing has been done then, and nobody been asked
 */
export async function serveCosts(visit: CostVisit): Promise<boolean> {
  const { req, res, config, state } = visit
  const place = placeOf(pathOf(req))
  if (place === undefined) return false
  for (const [name, value] of Object.entries(GUARD_HEADERS)) res.setHeader(name, value)
  try {
    if (req.method !== 'GET' && req.method !== 'HEAD') throw methodNotAllowed()
    if (await admit(config.authorize, visit)) await answer(visit, place)
  } catch (thrown) {
    refuse(state, res, thrown)
  }
  return true
}

/** Which of the API's things a path names. */
type Place =
  | { readonly kind: 'report'; readonly route: CostRoute; readonly id: string }
  | { readonly kind: 'export' | 'openapi' }

function placeOf(path: string): Place | undefined {
  const plain = path.length > 1 ? path.replace(/\/$/, '') : path
  if (plain === EXPORT_ROUTE.path) return { kind: 'export' }
  if (plain === OPEN_API_PATH) return { kind: 'openapi' }
  const [, id] = /^\/calls\/([^/]+)$/.exec(plain) ?? []
  const wanted = id === undefined ? plain : '/calls/{id}'
  const route = COST_ROUTES.find((each) => each.path === wanted)
  return route && { kind: 'report', route, id: decoded(id ?? '') }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // Half an escape names no call; the ledger will say so.
    return segment
  }
}

async function answer({ state, config, req, res }: CostVisit, place: Place): Promise<void> {
  const query = queryOf(req)
  const reports = createReports(state, config.traceUrl)
  switch (place.kind) {
    case 'openapi':
      withoutParams(query)
      sendBody(res, openApi(mountOf(req)))
      return
    case 'export':
      await sendRows({ state, reports, req, res, query })
      return
    case 'report':
      sendBody(res, await place.route.answer(reports, query, place.id))
  }
}

interface RowsVisit extends Pick<CostVisit, 'state' | 'req' | 'res'> {
  readonly reports: Reports
  readonly query: GivenParams
}

async function sendRows({ state, reports, req, res, query }: RowsVisit): Promise<void> {
  const { timeZone } = state.ledger
  const { format = 'csv' } = readParams(EXPORT_PARAMS, query, timeZone)
  const date = dateAt(state.config.clock.now(), timeZone)
  await sendExport(req, res, { format, rows: reports.export(query), date })
}

/** @throws LlmError `invalid_params` for a param that is there twice */
function queryOf({ url = '' }: IncomingMessage): GivenParams {
  const query = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(url.split('?').slice(1).join('?'))) {
    if (query.has(name)) throw paramTwice(name)
    query.set(name, value)
  }
  return Object.fromEntries(query)
}

function sendBody(res: ServerResponse, body: unknown): void {
  if (res.closed || res.headersSent) return
  const text = JSON.stringify(body)
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.setHeader('content-length', Buffer.byteLength(text))
  res.end(text)
}

/** Tells the visitor why there is nothing to be had; what is a bug is thrown on. */
export function refuse(state: RouterState, res: ServerResponse, thrown: unknown): void {
  tell(state, thrown)
  // The client has gone, or has part of an answer: nothing true can be said any more.
  if (res.closed || res.headersSent) res.destroy()
  else if (thrown instanceof HttpRefusal) thrown.send(res)
  else if (thrown instanceof LlmError) sendProblem(res, thrown)
  else throw thrown
}

/** What is not the visitor's fault stands in the log. */
function tell({ config, warnings }: RouterState, thrown: unknown): void {
  if (!(thrown instanceof LlmError)) return
  if (thrown.code === 'ledger_unavailable') warnings.unreadable(thrown)
  else if (thrown.status >= 500)
    config.logger.error(`express-llm: ${thrown.message}`, { error: thrown.cause })
}
