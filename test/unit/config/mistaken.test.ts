import OpenAI, { AzureOpenAI } from 'openai'
import { describe, expect, test } from 'vitest'
import { fromAiSdk } from '../../../src/providers/ai-sdk.ts'
import { messageOf, RIGHT } from './some-options.ts'

const client = new OpenAI({ apiKey: 'sk-planted' })
const model = { specificationVersion: 'v3', provider: 'x', modelId: 'm', doGenerate() {} }

describe('what is no options at all is called by its name', () => {
  test.each<[name: string, options: unknown, expected: RegExp]>([
    ['a client of openai', client, /options: this is an openai client; .*tiers/],
    [
      'a client of openai for Azure',
      new AzureOpenAI({ apiKey: 'k', apiVersion: 'v', endpoint: 'https://a.example' }),
      /options: this is an openai client; /,
    ],
    ['a promise', Promise.resolve(RIGHT), /options: this is a promise; await it first\.$/],
    ['a router', { chat: { completions: { create() {} } }, ask() {} }, /options: this is a router; /],
    ['a Map', new Map(), /options: must be an object with at least "tiers", got a Map\.$/],
  ])('%s', (_name, options, expected) => {
    const message = messageOf(options)
    expect(message).toMatch(expected)
    expect(message.split('\n')).toHaveLength(1)
  })
})

describe('what is no provider is called by its name', () => {
  test.each<[name: string, provider: unknown, expected: string]>([
    ['a bare model of the AI SDK', model, 'wrap it in fromAiSdk(model), from "express-llm/ai-sdk".'],
    ['a function', () => model, 'this is a function; a model of the AI SDK goes in fromAiSdk(model)'],
    ['a client of openai', client, 'this is an openai client; give its options instead'],
    ['a promise', Promise.resolve({}), 'this is a promise; await it first.'],
    ['a URL', new URL('https://a.example'), 'must be an object, got a URL.'],
  ])('%s', (_name, provider, expected) => {
    const message = messageOf({ ...RIGHT, providers: { x: provider } })
    expect(message).toContain('providers.x: ')
    expect(message).toContain(expected)
    expect(message.split('\n')).toHaveLength(1)
  })
})

test.each<[value: unknown, got: string]>([
  [new URL('https://a.example'), 'a URL'],
  [new Map([['a', 1]]), 'a Map'],
  [new Set(), 'a Set'],
  [new Date(), 'a Date'],
  [Promise.resolve({}), 'a Promise'],
  [Object.create({}), 'an empty object'],
])('%o is called %s', (value, got) => {
  expect(messageOf({ ...RIGHT, strictKeys: value })).toContain(`must be true or false, got ${got}.`)
})

test.each([
  ['retry', new Map()],
  ['timeouts', new Set()],
  ['telemetry', new URL('https://a.example')],
])('%s is not taken for an empty object when it is %o', (section, value) => {
  expect(messageOf({ ...RIGHT, [section]: value })).toContain(`${section}: must be an object, got a`)
})

test.each<[model: unknown, said: string]>([
  [() => model, 'this is a function; call it with the name of a model'],
  [undefined, 'this is undefined'],
  [null, 'this is null'],
  [5, 'this is a number'],
  [[model], 'this is a list'],
])('fromAiSdk(%o) says what it got', (given, said) => {
  expect(() => fromAiSdk(given as Parameters<typeof fromAiSdk>[0])).toThrow(said)
})
