/** A Redis for the rows that share limits; says its port, or 0 where this machine has none. Ends with its parent. */
import { REDIS_BINARY, startRedisServer } from './redis-server.ts'

const redis = REDIS_BINARY === undefined ? undefined : await startRedisServer()
process.once('disconnect', () => void redis?.remove())
process.send?.({ port: redis?.port ?? 0 })
