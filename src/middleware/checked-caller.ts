import type { Caller } from '../core/caller.ts'
import { LlmError } from '../core/llm-error.ts'

/** The function of the app that says who is asking. */
export type Asker = 'identify' | 'authorize'

const TEXT_FIELDS = ['user', 'tenant', 'feature', 'maxTier', 'defaultTier'] as const

/**
 * What the app's function has answered. A typo here could let everybody in, so it is checked before it is believed.
 *
 * @throws LlmError `identify_failed`
 */
export function checkedCaller(asker: Asker, caller: unknown): Caller {
  // Instances of classes may be callers; an Error, a Map or a Response, which seem to be empty objects, are none.
  const kind = Object.prototype.toString.call(caller)
  if (typeof caller !== 'object' || caller === null || kind !== '[object Object]') {
    throw askerFailed(asker, 'it must return an object such as { user, tenant, allow }')
  }
  const wrong = wrongInCaller(caller)
  if (wrong !== undefined) throw askerFailed(asker, `it returned what is no caller: ${wrong}`)
  return caller
}

/** What makes an object no caller: an unknown field, or a value of the wrong kind. */
export function wrongInCaller(caller: object): string | undefined {
  const fields = caller as Readonly<Record<string, unknown>>
  for (const name of Object.keys(fields)) {
    if (name !== 'allow' && !TEXT_FIELDS.includes(name as never)) return `"${name}" is an unknown field`
  }
  for (const name of TEXT_FIELDS) {
    const value = fields[name]
    if (value !== undefined && typeof value !== 'string') return `"${name}" must be a string`
  }
  const { allow } = fields
  const isList = Array.isArray(allow) && allow.every((each) => typeof each === 'string')
  return allow !== undefined && !isList ? '"allow" must be a list of strings' : undefined
}

/** Is there a `user` without a value? `{ user: req.user?.id }` would let in everybody who has not signed in. */
export function isNameless(caller: Caller): boolean {
  return Object.hasOwn(caller, 'user') && !caller.user
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/**
 * The answer of the app's function, where it takes its time. Never waits longer than `timeouts.identifyMs`.
 *
 * @throws LlmError `identify_failed` when it takes longer; what the promise rejects with
 */
export async function askedInTime(asker: Asker, value: PromiseLike<unknown>, ms: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const detail = `it took longer than timeouts.identifyMs (${ms} ms)`
    timer = setTimeout(() => reject(askerFailed(asker, detail)), ms)
  })
  try {
    return await Promise.race([value, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Whatever the app's function threw, errors of its own calls included, means that nobody knows who is asking. Where it
 * says that this is the client's fault (`status` 401 or 403, as http-errors has it), the client is told so.
 */
export function askerThrew(asker: Asker, thrown: unknown): LlmError {
  if (thrown instanceof LlmError && thrown.code === 'identify_failed') return thrown
  const status =
    typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined
  return askerFailed(asker, 'it threw', {
    cause: thrown,
    status: status === 401 || status === 403 ? status : 500,
  })
}

export function askerFailed(
  asker: Asker,
  detail: string,
  { cause, status = 500 }: { cause?: unknown; status?: number } = {},
): LlmError {
  return new LlmError({
    code: 'identify_failed',
    status,
    message: `${asker} failed, so nobody is let in: ${detail}.`,
    cause,
  })
}
