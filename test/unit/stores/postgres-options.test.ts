import { describe, expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { postgresLedger } from '../../../src/stores/postgres-ledger.ts'

function mistake(source: unknown, options?: unknown): LlmError {
  try {
    postgresLedger(source as string, options as object)
  } catch (error) {
    if (error instanceof LlmError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('postgresLedger()', () => {
  test('takes addresses of every kind, and pools', () => {
    for (const source of [
      'postgres://host/database',
      'postgresql://user:p%40ss@host:5432/database?sslmode=require',
      'postgres://user@/database?host=/run/postgresql',
    ])
      expect(postgresLedger(source).name).toBe('postgres')
    const pool = { totalCount: 0, connect: () => Promise.reject(new Error('not now')) }
    expect(postgresLedger(pool).isPersistent).toBe(true)
  })

  test('says what is wrong with anything else, and never what it was', () => {
    for (const source of [
      'secret-text',
      'mysql://user:secret-text@host/db',
      'postgres://u:secret-text@[bad/db',
    ])
      expect(mistake(source).message).not.toContain('secret-text')
    expect(mistake(undefined)).toMatchObject({ code: 'config_invalid', param: 'source' })
    expect(mistake(undefined).message).toContain('is the variable set')
    expect(mistake(Promise.resolve('postgres://host/db')).message).toContain('await it first')
    // A single client can do one thing at a time.
    expect(mistake({ connect: () => undefined, query: () => undefined }).message).toContain('Pool')
  })

  test('knows its options, and their rules', () => {
    const url = 'postgres://host/database'
    expect(mistake(url, { shema: 'llm' }).message).toContain('Did you mean "schema"')
    for (const schema of ['', 'x'.repeat(64), 'ü'.repeat(32), 'a\0b', 7])
      expect(mistake(url, { schema })).toMatchObject({ param: 'schema' })
    for (const timeoutMs of [0, 99, 1.5, '5000', Infinity])
      expect(mistake(url, { timeoutMs })).toMatchObject({ param: 'timeoutMs' })
    for (const connectionsMax of [0, 101])
      expect(mistake(url, { connectionsMax })).toMatchObject({ param: 'connectionsMax' })
    expect(mistake(url, null).message).toContain('must be an object')
    expect(postgresLedger(url, { schema: 'ü'.repeat(31), timeoutMs: 100, connectionsMax: 1 }).name).toBe(
      'postgres',
    )
  })

  test('before it is opened, and after it is closed, says so', async () => {
    const store = postgresLedger('postgres://host/database')
    await expect(store.append([])).rejects.toMatchObject({ code: 'ledger_unreachable', isPassing: true })
    await store.close()
    await store.close()
    await expect(store.append([])).rejects.toMatchObject({ code: 'ledger_closed' })
    await expect(store.open('UTC')).rejects.toMatchObject({ code: 'ledger_closed' })
  })
})
