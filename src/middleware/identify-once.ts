import type { AppRequest, AppResponse } from '../core/identify.ts'
import type { Caller } from '../core/caller.ts'
import { LlmError } from '../core/llm-error.ts'
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
      return isThenable(given) ? awaited(given) : known(checked(given))
    } catch (thrown) {
      // Kept as a rejection, so that the next call gets the same answer and `identify` is not asked again.
      return Promise.reject(failed(thrown))
    }
  }

  async function awaited(given: PromiseLike<unknown>): Promise<Caller> {
    try {
      return known(checked(await inTime(given, timeouts.identifyMs)))
    } catch (thrown) {
      throw failed(thrown)
    }
  }

  function known(caller: Caller): Caller {
    warnOfUnknownAllow(state.config, caller.allow)
    return caller
  }
}

function usedInside(): LlmError {
  return identifyFailed(
    'it used req.llm, which needs to know who is asking; use a router of createRouter() there',
  )
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * Whatever `identify` threw, errors of its own calls included, means that nobody knows who is asking. Where it says that
 * this is the client's fault (`status` 401 or 403, as http-errors has it), the client is told so.
 */
function failed(thrown: unknown): LlmError {
  if (thrown instanceof LlmError && thrown.code === 'identify_failed') return thrown
  const status =
    typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined
  return identifyFailed('it threw', {
    cause: thrown,
    status: status === 401 || status === 403 ? status : 500,
  })
}

async function inTime(value: PromiseLike<unknown>, ms: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(identifyFailed(`it took longer than timeouts.identifyMs (${ms} ms)`)), ms)
  })
  try {
    return await Promise.race([value, late])
  } finally {
    clearTimeout(timer)
  }
}

const TEXT_FIELDS = ['user', 'tenant', 'feature', 'maxTier', 'defaultTier'] as const

/** A typo here could let everybody in, so the answer is checked before it is believed. */
function checked(caller: unknown): Caller {
  if (typeof caller !== 'object' || caller === null || Array.isArray(caller)) {
    throw identifyFailed('it must return an object such as { user, tenant, allow }')
  }
  const fields = caller as Record<string, unknown>
  for (const name of Object.keys(fields)) {
    if (name !== 'allow' && !TEXT_FIELDS.includes(name as never))
      throw identifyFailed(`it returned an unknown field "${name}"`)
  }
  for (const name of TEXT_FIELDS) {
    const value = fields[name]
    if (value !== undefined && typeof value !== 'string') throw identifyFailed(`"${name}" must be a string`)
  }
  const { allow } = fields
  const isList = Array.isArray(allow) && allow.every((each) => typeof each === 'string')
  if (allow !== undefined && !isList) throw identifyFailed('"allow" must be a list of strings')
  return fields
}

function identifyFailed(
  detail: string,
  { cause, status = 500 }: { cause?: unknown; status?: number } = {},
): LlmError {
  return new LlmError({
    code: 'identify_failed',
    status,
    message: `identify failed, so nobody is let in: ${detail}.`,
    cause,
  })
}
