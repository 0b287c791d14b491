/** An app that writes what it sells, and what a call has cost it, in one transaction. */
import express from 'express'
import { Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { llm } from '../../../src/middleware/llm.ts'
import { postgresLedger } from '../../../src/postgres.ts'
import { createRouter } from '../../../src/surface/router.ts'
import { aFake, providersOf, served } from '../../support/app.ts'
import { aPostgresServer, NO_POSTGRES } from '../../support/postgres-server.ts'

describe.skipIf(NO_POSTGRES)('an Express app with one database for itself and the ledger', () => {
  test('has an order and what it cost, or neither', async () => {
    const { url } = await aPostgresServer()
    const pool = new Pool({ connectionString: url })
    onTestFinished(() => pool.end())
    await pool.query('CREATE TABLE orders (id int PRIMARY KEY, answer text)')
    const fake = await aFake()
    const router = createRouter({
      tiers: { cheap: ['fake/a'] },
      targets: { 'fake/a': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } } },
      providers: providersOf({ fake }),
      ledger: postgresLedger(pool),
    })
    onTestFinished(() => router.close())
    const app = express()
    app.use(llm(router))
    app.post('/orders/:id', async (req, res) => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        const { text, report } = await req.llm.ask('Sell!', { transaction: client })
        await client.query('INSERT INTO orders VALUES ($1, $2)', [req.params.id, text])
        await client.query('COMMIT')
        res.json({ callId: report.callId })
      } catch {
        await client.query('ROLLBACK')
        res.status(409).json({})
      } finally {
        client.release()
      }
    })
    const origin = await served(app)
    const order = (id: number) => fetch(`${origin}/orders/${id}`, { method: 'POST' })
    const before = await router.costs()

    const sold = await order(1)
    const { callId } = (await sold.json()) as { readonly callId: string }
    // The order is there already: what its call has cost goes back with it.
    const refused = await order(1)

    expect([before.total.calls, sold.status, refused.status]).toEqual([0, 200, 409])
    expect(fake.requests).toHaveLength(2)
    const { rows: orders } = await pool.query('SELECT id FROM orders')
    expect(orders).toEqual([{ id: 1 }])
    const { rows } = await pool.query('SELECT call_id, route FROM llm_ledger_row')
    expect(rows).toEqual([{ call_id: callId, route: expect.stringContaining('/orders/:id') }])
    const { total } = await router.costs()
    expect(total).toMatchObject({ calls: 1, succeeded: 1, attempts: 1 })
    expect(total.costUsd).toBe((await router.call(callId))?.costUsd)
  })
})
