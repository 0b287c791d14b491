/** What calls leave in the ledger, over real HTTP; and that no ledger is ever in the way of a call. */
import express from 'express'
import { describe, expect, test } from 'vitest'
import type { RouterOptions } from '../../src/config/options.ts'
import type { LedgerRow } from '../../src/core/ledger-row.ts'
import { LlmError } from '../../src/core/llm-error.ts'
import { llm } from '../../src/middleware/llm.ts'
import { createRouter, stateOf, type Router } from '../../src/surface/router.ts'
import {
  aFake,
  aRouter,
  keptLogger,
  providersOf,
  reportOf,
  saying,
  served,
  type LogLine,
} from '../support/app.ts'
import { lasting, passing, ScriptedStore } from '../unit/ledger/scripted-store.ts'
import { aCapture, sumOf } from './telemetry/captured.ts'

const PRICE = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }

async function aLedger(parts: Partial<RouterOptions> = {}) {
  const fakes = { first: await aFake({ name: 'first' }), second: await aFake({ name: 'second' }) }
  const options = {
    tiers: { cheap: ['first/a', 'second/b'] },
    targets: { 'first/a': { price: PRICE }, 'second/b': { price: PRICE } },
    providers: providersOf(fakes),
    retry: { backoffBaseMs: 1, backoffMaxMs: 2 },
    ...parts,
  }
  return { ...fakes, options, ...aRouter(options) }
}

/** All that is in the ledger, by call and attempt. */
async function rowsOf(router: Router): Promise<readonly LedgerRow[]> {
  const { ledger } = stateOf(router)
  await ledger.flush()
  const rows = await ledger.store.rows({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 1_000 })
  return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

describe('a call leaves', () => {
  test('a row for each attempt, with who asked, where, and with which span', async () => {
    const captured = await aCapture()
    const { router, first } = await aLedger({
      identify: () => ({ user: 'ada', tenant: 'acme', feature: 'help' }),
      baseline: 'openai/gpt-4o',
    })
    first.always({ fault: 'reset' })
    const app = express()
    app.use(llm(router))
    app.get('/ask/:id', async (req, res) => {
      const tools = [{ type: 'function' as const, function: { name: 'find_everything' } }]
      res.json(
        await reportOf(
          req.llm.chat.completions.create({ ...saying('Find them. '.repeat(20)), tools }).withReport(),
        ),
      )
    })
    const report = (await (await fetch(`${await served(app)}/ask/7`)).json()) as {
      callId: string
      traceId: string
    }
    const rows = await rowsOf(router)
    expect(rows.map(({ attempt, target, outcome, isCall }) => [attempt, target, outcome, isCall])).toEqual([
      [1, 'first/a', 'failed', false],
      [2, 'first/a', 'failed', false],
      [3, 'second/b', 'success', true],
    ])
    for (const row of rows)
      expect(row).toMatchObject({
        callId: report.callId,
        traceId: report.traceId,
        user: 'ada',
        tenant: 'acme',
        feature: 'help',
        route: '/ask/:id',
        tier: 'cheap',
        decision: 'config-default-tier',
        propensity: 1,
      })
    const last = rows.at(-1)
    expect(last).toMatchObject({
      costStatus: 'exact',
      costSource: 'config',
      baseline: 'openai/gpt-4o',
    })
    expect(last?.priceVersion).toMatch(/^config:/)
    expect(last?.toolTokens).toBeGreaterThan(0)
    expect(last?.systemTokens).toBe(0)
    const spanIds = captured
      .spans()
      .filter(({ kind, scope }) => kind === 'client' && scope === 'express-llm')
      .map(({ spanId }) => spanId)
    expect(new Set(rows.map(({ spanId }) => spanId))).toEqual(new Set(spanIds))
  })

  test('one row where it was refused, or answered to nobody', async () => {
    const { router } = await aLedger()
    await expect(router.ask('hi', { tier: 'nope' })).rejects.toBeInstanceOf(LlmError)
    await expect(router.ask('hi', { maxCostUsd: 0 })).rejects.toBeInstanceOf(LlmError)
    const rows = await rowsOf(router)
    expect(
      rows.map(({ kind, isCall, callOutcome, errorCode }) => [kind, isCall, callOutcome, errorCode]),
    ).toEqual(
      expect.arrayContaining([
        ['refusal', true, 'refused', 'invalid_params'],
        ['refusal', true, 'refused', 'no_candidate'],
      ]),
    )
  })

  test('nothing of its prompt, its answer or a key', async () => {
    const { router, first } = await aLedger()
    first.always({ answer: 'ANSWER-SECRET' })
    await router.ask('PROMPT-SECRET')
    first.always({ status: 401, message: 'KEY-SECRET' })
    await router.ask('PROMPT-SECRET')
    const text = JSON.stringify(await rowsOf(router))
    expect(text).toContain('second/b')
    expect(text).not.toMatch(/SECRET|key-of/)
  })
})

describe('calls go on', () => {
  test('while the store cannot be opened; they are written when it can', async () => {
    const scripted = new ScriptedStore(passing, passing)
    const { router, lines } = await aLedger({ ledger: scripted.store })
    await router.ask('hi')
    await expect.poll(() => lines.some(({ level }) => level === 'warn')).toBe(true)
    expect(await rowsOf(router).catch(() => rowsOf(router))).toHaveLength(1)
    const told = lines.filter(({ message }) => message.includes('ledger'))
    expect(told.map(({ level }) => level)).toEqual(['warn', 'info'])
    expect(told[0]?.message).toBe(
      'express-llm: the ledger cannot be written (somebody else holds it); calls go on, and it is tried again',
    )
  })

  test('while it hangs and its queue is full; what was dropped is told in log, health and metrics', async () => {
    const captured = await aCapture()
    const scripted = new ScriptedStore('hang')
    const { router, lines } = await aLedger({ ledger: { store: scripted.store, queueMax: 2 } })
    for (let call = 0; call < 5; call++) await router.ask('hi')
    const { ledger } = stateOf(router)
    expect(ledger.health()).toMatchObject({ isUp: false, queued: 2, dropped: 3 })
    expect(await sumOf(captured, 'express_llm.ledger.queue.depth')).toBe(2)
    scripted.release()
    expect(await rowsOf(router)).toHaveLength(2)
    // Told once, at the first.
    expect(lines.filter(({ message }) => message.includes('dropped'))).toMatchObject([
      { level: 'warn', fields: { dropped: 1 } },
    ])
    const points = (await captured.metrics()).filter(({ name }) => name === 'express_llm.ledger.rows')
    const byResult = points.map(({ attributes, value }) => [attributes['express_llm.ledger.result'], value])
    expect(Object.fromEntries(byResult)).toEqual({ dropped: 3, written: 2 })
  })

  test('with `ledger: false`; who reads is told why there is nothing', async () => {
    const { router } = await aLedger({ ledger: false })
    await router.ask('hi')
    const { ledger } = stateOf(router)
    await ledger.flush()
    expect(ledger.isOn).toBe(false)
    await expect(ledger.store.calls({ limit: 1 })).rejects.toMatchObject({ code: 'ledger_off' })
    expect(ledger.health()).toMatchObject({ store: 'off', isUp: false })
    expect(router.summary().calls).toBe(1)
  })
})

describe('closing the router', () => {
  test('writes what is left, and closes the store', async () => {
    const scripted = new ScriptedStore()
    const { options } = await aLedger()
    const router = createRouter({ ...options, ledger: { store: scripted.store, flushMs: 600_000 }, env: {} })
    await router.ask('hi')
    await router.close()
    expect(scripted.written).toHaveLength(1)
    expect(scripted.closed).toBe(1)
  })

  test('leaves a store open that another router uses, and the last one closes it', async () => {
    const scripted = new ScriptedStore()
    const { options } = await aLedger()
    const routers = [1, 2].map(() => createRouter({ ...options, ledger: scripted.store, env: {} }))
    for (const router of routers) {
      expect(scripted.closed).toBe(0)
      await router.ask('hi')
      await Promise.all([router.close(), router.close()])
    }
    expect(scripted.written).toHaveLength(2)
    expect(scripted.closed).toBe(1)
  })

  test('says what is lost where the store cannot be written', async () => {
    const lines: LogLine[] = []
    const scripted = new ScriptedStore(lasting, lasting, lasting, lasting)
    const { options } = await aLedger()
    const logger = keptLogger(lines)
    const router = createRouter({ ...options, ledger: scripted.store, env: {}, logger })
    await router.ask('hi')
    await router.close()
    const told = lines
      .filter(({ message }) => message.includes('ledger'))
      .map(({ level, message }) => [level, message])
    expect(told).toEqual([
      ['error', expect.stringContaining('the ledger cannot be written (it is read-only)')],
      ['error', expect.stringContaining('1 rows of it are not written (it is read-only)')],
    ])
    expect(scripted.closed).toBe(1)
  })
})
