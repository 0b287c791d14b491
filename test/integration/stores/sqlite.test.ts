import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { sqliteLedger } from '../../../src/sqlite.ts'
import { conformance, persistence } from './conformance.ts'

const folder = mkdtempSync(join(tmpdir(), 'express-llm-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const create = (name: string) => sqliteLedger(join(folder, `${name}.db`))

describe('a ledger in SQLite', () => {
  conformance({ create })
  persistence({ create })
})
