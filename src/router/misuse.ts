import type { Logger } from '../core/logger.ts'

/** Frames of Node's HTTP server: whoever stands on them is answering a request. */
const SERVER_FRAME = /node:_http_server|parserOnIncoming/

/**
 * Warns when a router is created while a request is being answered. Each would have its own sockets, totals and
 * limits, and none would ever be closed.
 */
export function warnInsideHandler(logger: Logger): void {
  if (!SERVER_FRAME.test(fullStack())) return
  logger.warn(
    'express-llm: a router was created inside a request handler. Create it once, when the app starts: ' +
      'app.use(llm(config)), or const router = createRouter(config) beside the app. (router_in_handler)',
  )
}

function fullStack(): string {
  // Express puts a dozen frames of its own between the server and a handler; the default limit of 10 hides the server.
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 100
  const { stack } = new Error('where am I')
  Error.stackTraceLimit = limit
  return stack ?? ''
}
