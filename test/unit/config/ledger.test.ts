import { describe, expect, test } from 'vitest'
import { memoryLedger } from '../../../src/stores/memory-ledger.ts'
import { messageOf, parse, recordingLogger, RIGHT } from './some-options.ts'

describe('the ledger', () => {
  test('is off, a store, or options; in memory where nothing is said', () => {
    const store = memoryLedger()
    expect(parse(RIGHT).ledger).toMatchObject({ store: undefined, retentionDays: 90, queueMax: 10_000 })
    expect(parse({ ...RIGHT, ledger: false }).ledger.store).toBe(false)
    expect(parse({ ...RIGHT, ledger: store }).ledger.store).toBe(store)
    expect(parse({ ...RIGHT, ledger: { store, retentionDays: 7 } }).ledger).toMatchObject({
      store,
      retentionDays: 7,
    })
    expect(parse({ ...RIGHT, ledger: {} }).ledger.store).toBeUndefined()
  })

  test.each([
    ['llm.db', 'ledger: must be a ledger store, such as sqliteLedger("llm.db"), an object'],
    [true, 'ledger'],
    [{ store: 'llm.db' }, 'ledger.store: must be a ledger store, such as sqliteLedger("llm.db")'],
    [{ store: {} }, 'ledger.store'],
    [{ retentionDay: 5 }, 'Unknown option "ledger.retentionDay". Did you mean "retentionDays"?'],
    [{ retentionDays: 0 }, 'ledger.retentionDays: must be a whole number of days from 1 to 36500, got 0'],
    [{ queueMax: 0 }, 'ledger.queueMax'],
    [{ flushMs: -1 }, 'ledger.flushMs'],
  ])('%j is refused', (ledger, message) => {
    expect(messageOf({ ...RIGHT, ledger })).toContain(message)
  })
})

describe('the time zone', () => {
  test('is UTC, or one that there is', () => {
    expect(parse(RIGHT).timeZone).toBe('UTC')
    expect(parse({ ...RIGHT, timeZone: 'Asia/Kolkata' }).timeZone).toBe('Asia/Kolkata')
  })

  test.each(['Mars/Olympus', '', 7])('%j is refused', (timeZone) => {
    expect(messageOf({ ...RIGHT, timeZone })).toContain('timeZone: must be a time zone of the IANA database')
  })
})

describe('many calls', () => {
  test('are more than 10, or as many as one says, or never', () => {
    expect(parse(RIGHT).manyCalls).toBe(10)
    expect(parse({ ...RIGHT, manyCalls: 3 }).manyCalls).toBe(3)
    expect(parse({ ...RIGHT, manyCalls: false }).manyCalls).toBe(false)
  })

  test.each([0, -1, 1.5, true, '10'])('%j is refused', (manyCalls) => {
    expect(messageOf({ ...RIGHT, manyCalls })).toContain('manyCalls: must be a whole number of calls')
  })
})

describe('the baseline', () => {
  test('needs no key, no tier, only a price', () => {
    const logger = recordingLogger()
    const { baseline, targets } = parse({ ...RIGHT, logger, baseline: 'anthropic/claude-sonnet-4-6' })
    expect(baseline).toMatchObject({
      name: 'anthropic/claude-sonnet-4-6',
      model: { priceProvider: 'anthropic', priceModel: 'claude-sonnet-4-6' },
    })
    expect(targets.has('anthropic/claude-sonnet-4-6')).toBe(false)
    expect(logger.warnings).toEqual([])
  })

  test('may be a target of the config, with its own price', () => {
    const price = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }
    const own = { ...RIGHT, targets: { 'openai/gpt-4o': { price } }, baseline: 'openai/gpt-4o' }
    expect(parse(own).baseline?.model.price).toEqual(price)
  })

  test('may be described in `targets` without being in a tier', () => {
    const logger = recordingLogger()
    const price = { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }
    const providers = { local: { baseUrl: 'http://127.0.0.1:9/v1' } }
    const described = {
      ...RIGHT,
      logger,
      providers,
      targets: { 'local/big': { price } },
      baseline: 'local/big',
    }
    expect(parse(described).baseline).toMatchObject({ name: 'local/big', model: { price } })
    expect(logger.warnings).toEqual([])
  })

  test.each([
    ['gpt-4o', 'baseline: "gpt-4o" is no model of a provider: say "instance/model"'],
    ['openai/', 'baseline: "openai/" is no model'],
    ['opnai/gpt-4o', 'baseline: "opnai/gpt-4o" names no provider instance or preset. Did you mean "openai"?'],
    ['openai/gpt-4p', 'baseline: "openai/gpt-4p" has no known price. Did you mean "gpt-4"?'],
    [7, 'baseline: must be a model that has a price'],
  ])('%j is refused', (baseline, message) => {
    expect(messageOf({ ...RIGHT, baseline })).toContain(message)
  })
})
