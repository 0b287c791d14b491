/** A cluster refuses scripts whose keys lie in several slots, so it tells whether ours do. */
import { createCluster } from '@redis/client'
import { Cluster, Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import type { BudgetStore } from '../../../src/core/budget-store.ts'
import { createRedisState } from '../../../src/shared/redis-state.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'

/** A cluster of one node, which has all slots. */
async function aCluster() {
  const { port, url } = await aRedisServer(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'])
  const admin = new Redis(url)
  onTestFinished(() => admin.disconnect())
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  while (!(await admin.cluster('INFO')).includes('cluster_state:ok'))
    await new Promise((resolve) => setTimeout(resolve, 10))
  return { host: '127.0.0.1', port, url }
}

/** Runs each script once. */
async function useAll(client: unknown) {
  const state = createRedisState(client, { timeoutMs: 1_000 }, 60_000)
  const limits = {
    requestsPerMinute: 2,
    concurrency: 5,
    generation: '',
    held: 0,
    changes: [],
    hasAnswered: false,
  }
  const scopes = [
    { ...limits, scope: 'openai' },
    { ...limits, scope: 'openai/gpt-4o' },
  ]
  const asks = [1, 2, 3].map((tokens) => ({ scopes: [0, 1], tokens }))
  const reply = await state.lease({ group: 'openai', process: 'one', leaseMs: 10_000, scopes, asks })
  const news = [{ target: 'openai/gpt-4o', what: 'open', forMs: 5_000, cause: 'server' }] as const
  const { told } = await state.sync({ process: 'one', leaseMs: 10_000, news })
  const claim = await state.claim({ process: 'one', target: 'openai/gpt-4o', forMs: 100 })
  return { granted: reply.granted, told: told.length, ...claim, budgets: await useBudgets(state.budgets) }
}

async function useBudgets(budgets: BudgetStore) {
  const counters = ['all:day', 'user:{ann}:day'].map((key) => ({ key, endsAtMs: Date.now() + 60_000 }))
  for (const counter of counters) await budgets.seed(counter, 5)
  const claims = counters.map((one) => ({ ...one, amountNanoUsd: 3, limitNanoUsd: 10, isEnforced: true }))
  const { outcome } = await budgets.reserve({ id: 'one', claims, ttlMs: 10_000 })
  await budgets.settle({ id: 'one', entries: counters.map((one) => ({ ...one, spentNanoUsd: 2 })) })
  return [outcome, ...(await budgets.read(counters)).map((standing) => standing?.spentNanoUsd)]
}

const ALL_DONE = { granted: [true, true, false], told: 1, isYours: true, budgets: ['reserved', 7, 7] }

test.skipIf(NO_REDIS)('a cluster of ioredis takes all scripts', async () => {
  const { host, port } = await aCluster()
  const client = new Cluster([{ host, port }])
  onTestFinished(() => client.disconnect())
  expect(await useAll(client)).toEqual(ALL_DONE)
})

test.skipIf(NO_REDIS)('a cluster of node-redis takes all scripts', async () => {
  const { url } = await aCluster()
  const client = createCluster({ rootNodes: [{ url }] })
  client.on('error', () => undefined)
  onTestFinished(() => client.destroy())
  await client.connect()
  expect(await useAll(client)).toEqual(ALL_DONE)
})
