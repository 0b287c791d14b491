import type { ServerResponse } from 'node:http'
import type { CallSummary } from '../core/report.ts'

/**
 * Puts the request's running total on `res.locals.llm`, where loggers and templates look: always what `req.llm.summary()` says.
 * Connect has no `res.locals`, so it gets one. A value of the app's own wins, whenever it is set.
 */
export function attachLocals(res: ServerResponse, summary: () => CallSummary): void {
  const locals = localsOf(res)
  if (locals === undefined || Object.hasOwn(locals, 'llm')) return
  // Not enumerable: what is rendered or printed whole is not to hold what a call has cost.
  Reflect.defineProperty(locals, 'llm', {
    configurable: true,
    enumerable: false,
    get: summary,
    set(value: unknown) {
      Reflect.defineProperty(locals, 'llm', { value, configurable: true, enumerable: true, writable: true })
    },
  })
}

function localsOf(res: ServerResponse): object | undefined {
  const known: unknown = Reflect.get(res, 'locals')
  if (typeof known === 'object' && known !== null) return known
  if (known !== undefined && known !== null) return undefined
  const locals: object = Object.create(null)
  return Reflect.set(res, 'locals', locals) ? locals : undefined
}
