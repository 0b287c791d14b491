import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RouterOptions } from '../config/options.ts'
import type { AppRequest } from '../core/identify.ts'
import type { CallSummary } from '../core/report.ts'
import { LlmError, invalidConfig } from '../core/llm-error.ts'
import type { Llm } from '../surface/llm.ts'
import { createLlm } from '../surface/llm.ts'
import { createRouter, isRouter, stateOf, type Router } from '../surface/router.ts'
import type { RouterState } from '../router/router-state.ts'
import { createTotals } from '../router/totals.ts'
import { bindRequest } from './bind-request.ts'
import { attachLocals } from './response-locals.ts'

declare global {
  namespace Express {
    interface Request {
      /** The call surface of this request; attached by `llm()`. */
      llm: Llm
    }
    interface Locals {
      /** Running total of this request, for loggers: what `req.llm.summary()` says. */
      llm: CallSummary
    }
  }
}

/** A handler of `node:http` shape: Express 5, Express 4 and Connect all take it. */
export type LlmMiddleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** For hosts without `Express.Request` (Connect, plain `node:http`): a request that has been through `llm()`. */
export type LlmRequest = IncomingMessage & { readonly llm: Llm }

/** Which router a request is bound to; also how a second mount is noticed. */
const boundStates = new WeakMap<IncomingMessage, RouterState>()

/**
 * Middleware that attaches `req.llm`.
 *
 * @param source options for a new router, or a router of your own to share
 * @throws LlmError `config_invalid` naming every wrong option
 */
export function llm<Req = AppRequest>(source: RouterOptions<Req> | Router, ...extra: never[]): LlmMiddleware {
  if (extra.length > 0) throw extraArgument()
  const router = isRouter(source) ? source : createRouter(source)
  const state = stateOf(router)
  const { logger } = state.config
  const tellSame = onceOnly(() => logger.warn(`express-llm: ${MOUNTED_TWICE} (mounted_twice)`))
  const tellOther = onceOnly(() => logger.error(`express-llm: ${mountedTwice().message} (mounted_twice)`))
  return function llmMiddleware(req, res, next) {
    const bound = boundStates.get(req)
    if (bound === undefined) {
      attach(state, req, res)
      next()
    } else if (bound === state) {
      tellSame()
      next()
    } else {
      tellOther()
      next(mountedTwice())
    }
  }
}

const MOUNTED_TWICE = 'llm() is mounted twice on the same requests; once is enough.'

function attach(state: RouterState, req: IncomingMessage, res: ServerResponse): void {
  boundStates.set(req, state)
  const totals = createTotals()
  const surface = createLlm({ state, binding: bindRequest({ state, req, res, totals }), totals, bound: {} })
  Object.defineProperty(req, 'llm', { value: surface, configurable: true, enumerable: false, writable: true })
  attachLocals(res, () => totals.summary())
}

function mountedTwice(): LlmError {
  return new LlmError({
    code: 'mounted_twice',
    status: 500,
    message:
      'Two different routers are mounted on the same requests, so neither could count all calls. ' +
      'Make one with createRouter(config) and mount llm(router) wherever it is needed.',
  })
}

/** Nobody must believe that a second argument, an `identify` perhaps, is in force. */
function extraArgument(): LlmError {
  return invalidConfig(
    'llm() takes one argument: options, or a router of createRouter(). Put identify into its options.',
  )
}

function onceOnly(action: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    action()
  }
}
