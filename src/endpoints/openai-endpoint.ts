import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AppRequest } from '../core/identify.ts'
import type { RequestParts } from '../middleware/request-parts.ts'
import { createTotals } from '../router/totals.ts'
import { pipeParts } from '../streams/pipe-to-response.ts'
import { isRouter, stateOf, type Router } from '../surface/router.ts'
import {
  answerWire,
  failedAnswer,
  type StreamedAnswer,
  type WholeAnswer,
  type WireAnswer,
} from '../surface/wire-answer.ts'
import { wireErrorBody } from '../surface/wire-error.ts'
import { wirePlace, wireRoute } from '../surface/wire-request.ts'
import { authorizedCaller } from './authorized-caller.ts'
import { bindDoor, isGone } from './bind-door.ts'
import {
  endpointConfig,
  invalid,
  type EndpointConfig,
  type OpenaiEndpointOptions,
} from './endpoint-options.ts'
import { takeHints } from './hints.ts'
import { readJsonBody } from './read-body.ts'
import { pathOf } from './request-path.ts'
import { sendJson } from './send-json.ts'

/** A handler of `node:http` shape: Express 5, Express 4 and Connect all take it. */
export type OpenaiEndpoint = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: unknown) => void,
) => void

/** One request at the door. */
interface Knock extends RequestParts {
  readonly config: EndpointConfig
}

/**
 * A door for any OpenAI client in any language: `app.use('/v1', openaiEndpoint(router, { authorize }))` answers
 * `POST /v1/chat/completions` (streamed or not), `POST /v1/embeddings`, `GET /v1/models` and `GET /v1/models/{id}`
 * through the router. Everything else below the mount is a 404 in OpenAI's words. Mount it before `express.json()`, which
 * stops at 100 kB.
 *
 * @throws LlmError `config_invalid` for wrong options, `authorize` left out among them
 */
export function openaiEndpoint<Req = AppRequest>(
  router: Router,
  options: OpenaiEndpointOptions<Req>,
): OpenaiEndpoint {
  if (typeof router !== 'object' || router === null || !isRouter(router))
    throw invalid('router', 'its first argument must be a router of createRouter()')
  const config = endpointConfig(options)
  const state = stateOf(router)
  return function openaiEndpointHandler(req, res, next = () => res.destroy()) {
    // Failures are answers; what is left is a bug, and the app's own error handler should see it.
    serve({ config, state, req, res, totals: createTotals() }).catch(next)
  }
}

async function serve(knock: Knock): Promise<void> {
  const answer = await answerTo(knock).catch((thrown: unknown) => failedAnswer(knock.state, thrown))
  if (answer === undefined) return
  const { req, res, state } = knock
  // What the client asks next is for another process. (An unread body is seen to by `sendJson`.)
  if (state.isClosed && req.complete) res.shouldKeepAlive = false
  if (answer.stream === undefined) sendWhole(knock, answer)
  else await sendStream(knock, answer)
}

/** @returns undefined when the client has gone before there was a call */
async function answerTo(knock: Knock): Promise<WireAnswer | undefined> {
  const { config, state, req, res } = knock
  const place = wirePlace(req.method ?? 'GET', pathOf(req))
  const bind = bindDoor(knock, wireRoute(place))
  const caller = await authorizedCaller(config.authorize, req, state)
  const isPosted = place.operation === 'chat' || place.operation === 'embeddings'
  const given = isPosted ? await readJsonBody(req, config) : undefined
  if (isGone(res)) return undefined
  const rules = { allowed: config.hints, timeoutMaxMs: state.config.timeouts.callMs }
  const { body, options } = takeHints(req.headers, given, rules)
  const request = { place, body, limits: config.limits, isReported: config.reportHeaders }
  return await answerWire({ state, binding: bind(caller), bound: options }, request)
}

function sendWhole({ config, req, res }: Knock, answer: WholeAnswer): void {
  // Nobody is there, or something else of the app has answered (a timeout of its own, say).
  if (isGone(res) || res.headersSent) return
  sendJson(req, res, { answer, bodyMaxBytes: config.bodyMaxBytes })
}

async function sendStream(knock: Knock, { stream, status, headers }: StreamedAnswer): Promise<void> {
  const { state, res } = knock
  if (res.headersSent) {
    stream.stop()
    return
  }
  res.statusCode = status
  try {
    await pipeParts(stream, res, { errorBody: wireErrorBody, isDetached: stream.isDetached, headers })
  } catch (thrown) {
    // With bytes on the way the client has got the error event instead.
    sendWhole(knock, failedAnswer(state, thrown))
  }
}
