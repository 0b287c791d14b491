import type { IncomingMessage, ServerResponse } from 'node:http'
import { askedInTime, askerFailed, askerThrew, isNameless, isThenable } from '../middleware/checked-caller.ts'
import type { RouterState } from '../router/router-state.ts'
import { HttpRefusal } from './http-refusal.ts'

/** Who may read: `true`, or an object that says who it is. False, null and undefined are nobody. */
export type Admitted = boolean | object | null | undefined

/** The function of the app that says who may read. */
export type Admit = (req: IncomingMessage, res: ServerResponse) => unknown

/**
 * Asks the app's `authorize`, and fails closed: whom it does not clearly let in stays outside.
 *
 * @returns false where it has answered the request itself: with a redirect to a page for signing in, say
 * @throws HttpRefusal 401 or 403 when it lets nobody in; LlmError `identify_failed` when it fails
 */
export async function admit(
  authorize: Admit,
  { req, res, state }: { req: IncomingMessage; res: ServerResponse; state: RouterState },
): Promise<boolean> {
  const answer = await asked(authorize, { req, res, timeoutMs: state.config.timeouts.identifyMs })
  if (res.headersSent || res.writableEnded) return false
  if (answer === true) return true
  if (answer === false || answer === null || answer === undefined) throw refusal(res)
  // An Error, a Map or a Response says nothing of who is asking; nor does a "user" without a value.
  if (Object.prototype.toString.call(answer) === '[object Object]' && !isNameless(answer)) return true
  throw askerFailed('authorize', 'it must return true, false, or an object that says who is asking')
}

async function asked(
  authorize: Admit,
  { req, res, timeoutMs }: { req: IncomingMessage; res: ServerResponse; timeoutMs: number },
): Promise<unknown> {
  try {
    const answer = authorize(req, res)
    return isThenable(answer) ? await askedInTime('authorize', answer, timeoutMs) : answer
  } catch (thrown) {
    throw askerThrew('authorize', thrown)
  }
}

/** Who can do something about it is told how: 401 is for those whom `authorize` has challenged (RFC 9110, 15.5.2). */
function refusal(res: ServerResponse): HttpRefusal {
  return res.hasHeader('www-authenticate')
    ? new HttpRefusal({
        status: 401,
        code: 'unauthorized',
        title: 'Who are you?',
        detail: 'Sign in to see this.',
      })
    : new HttpRefusal({
        status: 403,
        code: 'forbidden',
        title: 'This is not open to you',
        detail: 'You may not see this.',
      })
}
