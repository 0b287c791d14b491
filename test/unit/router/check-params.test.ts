import { expect, test } from 'vitest'
import { checkParams } from '../../../src/router/check-params.ts'

const messages = [{ role: 'user', content: 'hi' }]

test.each([
  ['no object', 'chat', null, undefined],
  ['a list', 'chat', [], undefined],
  ['no messages', 'chat', {}, 'messages'],
  ['empty messages', 'chat', { messages: [] }, 'messages'],
  [
    'a message without role',
    'chat',
    { messages: [{ role: 'user', content: 'x' }, { content: 'x' }] },
    'messages[1]',
  ],
  ['a null message', 'chat', { messages: [null] }, 'messages[0]'],
  [
    'a question that is not there',
    'chat',
    { messages: [{ role: 'user', content: undefined }] },
    'messages[0]',
  ],
  ['a content that is a number', 'chat', { messages: [{ role: 'system', content: 5 }] }, 'messages[0]'],
  ['a model that is no string', 'chat', { messages, model: 5 }, 'model'],
  ['an empty model', 'chat', { messages, model: '' }, 'model'],
  ['n of zero', 'chat', { messages, n: 0 }, 'n'],
  ['n as text', 'chat', { messages, n: '2' }, 'n'],
  ['no input', 'embeddings', {}, 'input'],
  ['empty input', 'embeddings', { input: [] }, 'input'],
] as const)('refuses %s', (_name, operation, params, param) => {
  expect(() => checkParams(operation, params)).toThrow(
    expect.objectContaining({ code: 'invalid_params', status: 400, param }),
  )
})

test.each([
  'api_key',
  'API_KEY',
  'apiKey',
  'user_config',
  'extra_headers',
  'api_base',
  'base_url',
  'baseURL',
  'models',
  'fallbacks',
])('a request body cannot bring its own %s', (name) => {
  expect(() => checkParams('chat', { messages, [name]: 'sk-secret' })).toThrow(
    expect.objectContaining({
      code: 'invalid_params',
      param: name,
      message: expect.not.stringContaining('sk-secret'),
    }),
  )
})

test('"stream" is true or false, and its options are an object', () => {
  for (const stream of [true, false, null, undefined]) {
    expect(() => checkParams('chat', { messages, stream })).not.toThrow()
  }
  for (const stream of ['true', 1, {}]) {
    expect(() => checkParams('chat', { messages, stream })).toThrow(
      expect.objectContaining({ code: 'invalid_params', param: 'stream' }),
    )
  }
  expect(() => checkParams('chat', { messages, stream: true, stream_options: 'usage' })).toThrow(
    expect.objectContaining({ code: 'invalid_params', param: 'stream_options' }),
  )
})

test('leaves everything else to the provider', () => {
  expect(() =>
    checkParams('chat', { messages, temperature: 'hot', unheard_of: 1, n: null, stream: false }),
  ).not.toThrow()
  expect(() => checkParams('embeddings', { input: 'text' })).not.toThrow()
  expect(() => checkParams('embeddings', { input: [[1, 2], [3]] })).not.toThrow()
})
