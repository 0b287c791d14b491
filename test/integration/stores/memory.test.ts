import { describe } from 'vitest'
import { memoryLedger } from '../../../src/stores/memory-ledger.ts'
import { conformance } from './conformance.ts'

describe('a ledger in memory', () => {
  conformance({ create: () => memoryLedger() })
})
