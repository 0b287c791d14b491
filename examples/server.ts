/** What all examples need and none is about. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RequestHandler } from 'express'

/** Stands in for your authentication: believes a header, which you must not. */
export const signIn: RequestHandler = (req, res, next) => {
  const user = req.headers['x-user']
  res.locals['userId'] = user
  res.locals['isPaying'] = user === 'ana'
  next()
}

/** Listens on PORT (0 takes a free one) and says where. */
export function listen(app: RequestListener): Server {
  const server = createServer(app)
  return server.listen(Number(process.env['PORT'] ?? 3000), () => {
    const { port } = server.address() as AddressInfo
    console.log(`listening on http://localhost:${port}`)
  })
}
