import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from './caller.ts'

declare global {
  namespace Express {
    // Merges with the interface of @types/express 4 and 5, and stands alone where neither is installed.
    // oxlint-disable-next-line typescript/no-empty-object-type
    interface Request {}
  }
}

/** What `identify` gets unless the app names a type of its own: everything the app has put on `Express.Request`. */
export type AppRequest = IncomingMessage & Express.Request

/** Express types its own `res.locals` this way; anything stricter would make every `identify` cast. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AppResponse = ServerResponse & { readonly locals: Record<string, any> }

/**
 * Says who a request is for. Runs once per request, at its first call, so after authentication and routing; may be
 * async. When it throws, every call of that request fails with `identify_failed`.
 */
export type Identify<Req = AppRequest> = (req: Req, res: AppResponse) => Caller | Promise<Caller>
