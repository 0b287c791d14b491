/** What all examples need and none is about. */
import type { Server } from 'node:http'
import type { RequestHandler } from 'express'

/** Stands in for your authentication: believes a header, which you must not. */
export const signIn: RequestHandler = (req, res, next) => {
  const user = req.headers['x-user']
  res.locals.userId = user
  res.locals.isPaying = user === 'ana'
  next()
}

/** Says where a server listens; PORT=0 takes a free port. */
export function announce(server: Server): void {
  server.once('listening', () => {
    const address = server.address()
    if (typeof address === 'object') console.log(`listening on http://localhost:${address?.port}`)
  })
}
