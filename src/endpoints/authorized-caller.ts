import type { IncomingMessage } from 'node:http'
import type { Caller } from '../core/caller.ts'
import {
  askedInTime,
  askerFailed,
  askerThrew,
  checkedCaller,
  isNameless,
  isThenable,
} from '../middleware/checked-caller.ts'
import { warnOfUnknownAllow } from '../middleware/unknown-allow.ts'
import type { RouterState } from '../router/router-state.ts'
import { WireRefusal } from '../surface/wire-refusal.ts'

const NO_USER = 'it returned a "user" that is empty; return null for nobody, or leave "user" out for anybody'

/**
 * Asks the app's `authorize`, and fails closed: whoever it does not clearly let in stays outside.
 *
 * @throws WireRefusal 401 when it lets nobody in; LlmError `identify_failed` when it fails
 */
export async function authorizedCaller(
  authorize: (req: IncomingMessage) => unknown,
  req: IncomingMessage,
  { config }: RouterState,
): Promise<Caller> {
  const answer = await asked(authorize, req, config.timeouts.identifyMs)
  if (answer === null || answer === undefined || answer === false) throw unauthorized()
  const caller = checkedCaller('authorize', answer)
  if (isNameless(caller)) throw askerFailed('authorize', NO_USER)
  warnOfUnknownAllow('authorize', config, caller.allow)
  return caller
}

async function asked(
  authorize: (req: IncomingMessage) => unknown,
  req: IncomingMessage,
  timeoutMs: number,
): Promise<unknown> {
  try {
    const answer = authorize(req)
    return isThenable(answer) ? await askedInTime('authorize', answer, timeoutMs) : answer
  } catch (thrown) {
    throw askerThrew('authorize', thrown)
  }
}

function unauthorized(): WireRefusal {
  return new WireRefusal({
    status: 401,
    code: 'invalid_api_key',
    message: 'No valid API key was given. Send yours in the header "authorization: Bearer …".',
    headers: { 'www-authenticate': 'Bearer' },
  })
}
