// The same from CommonJS.
const { createRouter } = require('express-llm')
const { sqliteLedger } = require('express-llm/sqlite')
const { createFakeProvider } = require('express-llm/testing')
const { keepLedger } = require('./keep-ledger.mjs')

void keepLedger({ createRouter, sqliteLedger, createFakeProvider, file: 'cjs.db' })
