import { describe } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { createMemoryBudgets } from '../../../src/shared/memory-budgets.ts'
import { createRedisState } from '../../../src/shared/redis-state.ts'
import { CLIENTS } from '../../support/redis-clients.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'
import { budgetConformance } from './budget-conformance.ts'

describe('in memory', () => {
  budgetConformance(() => Promise.resolve(createMemoryBudgets(systemClock)))
})

describe.skipIf(NO_REDIS).each(CLIENTS)('in Redis, by %s', (_name, connect) => {
  budgetConformance(async () => {
    const { url } = await aRedisServer()
    return createRedisState(await connect(url), {}, 60_000).budgets
  })
})
