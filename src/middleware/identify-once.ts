import type { AppRequest, AppResponse } from '../core/identify.ts'
import type { Caller } from '../core/caller.ts'
import type { LlmError } from '../core/llm-error.ts'
import { askedInTime, askerFailed, askerThrew, checkedCaller, isThenable } from './checked-caller.ts'
import type { RequestParts } from './request-parts.ts'
import { warnOfUnknownAllow } from './unknown-allow.ts'

const ANONYMOUS: Caller = {}

/**
 * Asks the app's `identify` at the request's first call, and only then: after authentication and routing. All calls of
 * the request get the same answer. It fails closed: a throw, a wrong answer or no answer in time refuses every call.
 */
export function identifyOnce({ state, req, res }: RequestParts): () => Caller | Promise<Caller> {
  const { identify, timeouts } = state.config
  if (identify === undefined) return () => ANONYMOUS
  let answer: Caller | Promise<Caller> | undefined
  let isAsking = false
  return () => {
    if (answer !== undefined) return answer
    // Should `identify` itself make a call of this request, that one must not ask `identify` again, and so for ever.
    if (isAsking) return Promise.reject(usedInside())
    isAsking = true
    answer = ask()
    return answer
  }

  function ask(): Caller | Promise<Caller> {
    try {
      const given: unknown = identify?.(req as AppRequest, res as AppResponse)
      return isThenable(given) ? awaited(given) : known(given)
    } catch (thrown) {
      // Kept as a rejection, so that the next call gets the same answer and `identify` is not asked again.
      return Promise.reject(askerThrew('identify', thrown))
    }
  }

  async function awaited(given: PromiseLike<unknown>): Promise<Caller> {
    try {
      return known(await askedInTime('identify', given, timeouts.identifyMs))
    } catch (thrown) {
      throw askerThrew('identify', thrown)
    }
  }

  function known(answer: unknown): Caller {
    const caller = checkedCaller('identify', answer)
    warnOfUnknownAllow('identify', state.config, caller.allow)
    return caller
  }
}

function usedInside(): LlmError {
  return askerFailed(
    'identify',
    'it used req.llm, which needs to know who is asking; use a router of createRouter() there',
  )
}
