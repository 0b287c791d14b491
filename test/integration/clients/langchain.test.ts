/** LangChain, as a client of the door and inside a handler. */
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { FakeProviderServerOptions } from '../../../src/testing/fake/provider.ts'
import { aWay, WAYS } from '../../support/door.ts'

const place = z.object({ city: z.string() })

describe.each(WAYS)('through %s LangChain', (name) => {
  async function aConfig(fakeOptions: FakeProviderServerOptions = {}) {
    const { fake, apiKey, ...configuration } = await aWay(name, fakeOptions)
    return { fake, config: { apiKey, maxRetries: 0, configuration } }
  }

  async function aChat(model: string, fakeOptions: FakeProviderServerOptions = {}) {
    const { fake, config } = await aConfig(fakeOptions)
    return { fake, chat: new ChatOpenAI({ model, ...config }) }
  }

  test('chats', async () => {
    const { chat, fake } = await aChat('premium', { answer: 'Paris.' })
    const answer = await chat.invoke('Capital of France?')
    expect(answer.text).toBe('Paris.')
    expect(answer).toMatchObject({ usage_metadata: { total_tokens: expect.any(Number) } })
    expect(fake.requests[0]?.model).toBe('large')
  })

  test('streams, with its usage', async () => {
    const { chat } = await aChat('cheap', { answer: 'One word after the other.' })
    let text = ''
    const usages: unknown[] = []
    for await (const chunk of await chat.stream('hi')) {
      text += chunk.text
      if (chunk.usage_metadata !== undefined) usages.push(chunk.usage_metadata)
    }
    expect(text).toBe('One word after the other.')
    expect(usages).toContainEqual(expect.objectContaining({ output_tokens: expect.any(Number) }))
  })

  const weather = { name: 'weather', description: 'The weather of a city', schema: place }
  const rain = { toolCalls: [{ name: 'weather', arguments: { city: 'Paris' } }] }

  test('calls tools', async () => {
    const { chat } = await aChat('cheap', { script: [rain] })
    const { tool_calls: calls } = await chat.bindTools([weather]).invoke('Rain in Paris?')
    expect(calls).toMatchObject([{ name: 'weather', args: { city: 'Paris' } }])
  })

  test('calls tools in a stream', async () => {
    const { chat } = await aChat('cheap', { script: [rain] })
    const chunks = []
    for await (const chunk of await chat.bindTools([weather]).stream('Rain in Paris?')) chunks.push(chunk)
    const whole = chunks.slice(1).reduce((sum, chunk) => sum.concat(chunk), chunks[0]!)
    expect(whole.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Paris' } }])
  })

  test('answers by a JSON schema', async () => {
    const { chat, fake } = await aChat('cheap', { answer: '{"city":"Paris"}' })
    const structured = chat.withStructuredOutput(place, { name: 'place', method: 'jsonSchema' })
    expect(await structured.invoke('Where?')).toEqual({ city: 'Paris' })
    expect(fake.requests[0]?.body).toMatchObject({ response_format: { type: 'json_schema' } })
  })

  test('embeds', async () => {
    const { config } = await aConfig()
    const vectors = await new OpenAIEmbeddings({ model: 'vectors', ...config }).embedDocuments(['one', 'two'])
    expect(vectors.map((vector) => vector.length)).toEqual([8, 8])
  })

  test.each([
    ['an unknown model', 'no-such', [], 404],
    ['too many requests', 'cheap', [{ status: 429, retryAfter: 30 }], 429],
    ['no capacity', 'cheap', [{ status: 503 }], 503],
  ])('gets errors that it understands: %s', async (_name, model, script, status) => {
    const { chat } = await aChat(model, { script })
    await expect(chat.invoke('hi')).rejects.toMatchObject({ status })
  })

  test('knows a prompt that is too long', async () => {
    const { chat } = await aChat('cheap', { script: [{ fault: 'context-length' }] })
    await expect(chat.invoke('hi')).rejects.toMatchObject({ name: 'ContextOverflowError' })
  })

  test('learns that a stream broke off', async () => {
    const { chat } = await aChat('cheap', {
      answer: 'One word after the other, and then some more.',
      script: [{ fault: 'cut', how: 'reset', tokenDelayMs: 1 }],
    })
    let text = ''
    const read = (async () => {
      for await (const chunk of await chat.stream('hi')) text += chunk.text
    })()
    await expect(read).rejects.toMatchObject({ code: 'stream_interrupted' })
    expect(text).toMatch(/^One/)
  })
})
