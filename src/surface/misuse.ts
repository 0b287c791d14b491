import type { Logger } from '../core/logger.ts'

/** Frames of Node's HTTP server, and of Express and Connect, which alone are left when the body has been read before. */
const SERVER_FRAME =
  /node:_http_server|parserOnIncoming|[\\/](?:router[\\/]lib[\\/]layer|express[\\/]lib[\\/]router[\\/]\w+|connect[\\/]index)\.js/

/** Who makes more routers than this, and closes none, makes them in handlers; said again for each further ten. */
const OPEN_ROUTERS_MAX = 10

let openRouters = 0

/**
 * Warns when routers are made while requests are answered: each would have its own sockets, totals and limits, and none
 * would ever be closed. Seen from the stack, and after an `await`, where the stack is gone, from their number.
 *
 * @returns to be called when the router is closed
 */
export function watchRouter(logger: Logger): () => void {
  openRouters += 1
  if (SERVER_FRAME.test(fullStack())) warn(logger, 'a router was created inside a request handler')
  else if (isTooMany(openRouters)) warn(logger, `${openRouters} routers are open`)
  let isOpen = true
  return () => {
    if (isOpen) openRouters -= 1
    isOpen = false
  }
}

function isTooMany(count: number): boolean {
  return count > OPEN_ROUTERS_MAX && count % OPEN_ROUTERS_MAX === 1
}

function warn(logger: Logger, what: string): void {
  logger.warn(
    `express-llm: ${what}. Create one, when the app starts, and share it: const router = createRouter(config), ` +
      'app.use(llm(router)). (router_in_handler)',
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
