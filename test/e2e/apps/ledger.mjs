// A ledger in a file, from the installed package: writes, is closed, and is opened again by another router.
import { keepLedger } from './keep-ledger.mjs'
import { createRouter } from 'express-llm'
import { sqliteLedger } from 'express-llm/sqlite'
import { createFakeProvider } from 'express-llm/testing'

await keepLedger({ createRouter, sqliteLedger, createFakeProvider, file: 'mjs.db' })
