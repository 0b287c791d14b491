import type { IncomingMessage } from 'node:http'

/** What Express puts on a request; Connect and plain `node:http` have none of it. */
interface ExpressRequest extends IncomingMessage {
  readonly baseUrl?: unknown
  readonly route?: unknown
  readonly app?: unknown
}

/**
 * The route's pattern, never the path: `/users/:id`. Undefined where there is none (Connect, or outside a handler).
 *
 * Express tells the pattern of the last step only; what a router is mounted at it tells as the actual path. Where the app
 * mounts a router at a pattern (`app.use('/users/:id', router)`), that part of the path could hold anything, and its
 * segments are shown as `*`. Express instrumentation knows better, and is asked first.
 */
export function expressRoute(req: ExpressRequest): string | undefined {
  const pattern = patternOf(req.route)
  return pattern === undefined ? undefined : `${expressMount(req) ?? ''}${pattern}`
}

/** What the handler at work is mounted at, with the same care: `/v1`. Undefined outside Express. */
export function expressMount({ baseUrl, app }: ExpressRequest): string | undefined {
  if (typeof baseUrl !== 'string') return undefined
  return baseUrl !== '' && isMountedAtPattern(app) ? baseUrl.replaceAll(/[^/]+/g, '*') : baseUrl
}

function patternOf(route: unknown): string | undefined {
  const path = fieldOf(route, 'path')
  const paths = Array.isArray(path) ? path : [path]
  const known = paths.filter((each) => typeof each === 'string' || each instanceof RegExp)
  return known.length === 0 ? undefined : known.map(String).join('|')
}

/** Does the app, or one that it is mounted in, have a mount whose path takes params? */
function isMountedAtPattern(app: unknown): boolean {
  for (let each = app; each !== undefined && each !== null; each = fieldOf(each, 'parent')) {
    // Express 5 calls it `router`; Express 4 throws at that name and calls it `_router`.
    const router = fieldOf(each, '_router') ?? fieldOf(each, 'router')
    if (hasPatternMount(router)) return true
  }
  return false
}

/** A layer without route is a mount or a middleware. */
function hasPatternMount(router: unknown): boolean {
  const stack = fieldOf(router, 'stack')
  if (!Array.isArray(stack)) return false
  return stack.some((layer: unknown) => {
    if (fieldOf(layer, 'route') !== undefined) return false
    return takesParams(layer) || hasPatternMount(fieldOf(layer, 'handle'))
  })
}

/** Express 4 and early 5 keep the names of the params in `keys`; later ones keep the path as it was written. */
function takesParams(layer: unknown): boolean {
  const keys = fieldOf(layer, 'keys')
  if (Array.isArray(keys) && keys.length > 0) return true
  const paths = [fieldOf(layer, 'rawPath')].flat()
  return paths.some((path) => (typeof path === 'string' ? /[:*({]/.test(path) : path instanceof RegExp))
}

function fieldOf(value: unknown, name: string): unknown {
  const isOpen = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isOpen ? Reflect.get(value, name) : undefined
}
