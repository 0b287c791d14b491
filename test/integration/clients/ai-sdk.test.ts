/** The AI SDK, as a client of the door and inside a handler. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, embedMany, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import { describe, expect, test } from 'vitest'
import type { FakeProviderServerOptions } from '../../../src/testing/fake/provider.ts'
import { aWay, WAYS } from '../../support/door.ts'

const city = jsonSchema<{ city: string }>({
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
})

describe.each(WAYS)('through %s the AI SDK', (name) => {
  async function aProvider(fakeOptions: FakeProviderServerOptions = {}) {
    const { fake, ...way } = await aWay(name, fakeOptions)
    const provider = createOpenAICompatible({
      name: 'door',
      includeUsage: true,
      supportsStructuredOutputs: true,
      ...way,
    })
    return { fake, provider }
  }

  test('generates text', async () => {
    const { provider, fake } = await aProvider({ answer: 'Paris.' })
    const { text, usage } = await generateText({ model: provider('premium'), prompt: 'Capital of France?' })
    expect(text).toBe('Paris.')
    expect(usage.totalTokens).toBeGreaterThan(0)
    expect(fake.requests[0]?.model).toBe('large')
  })

  test('streams text, with its usage', async () => {
    const { provider } = await aProvider({ answer: 'One word after the other.' })
    const result = streamText({ model: provider('cheap'), prompt: 'hi' })
    let text = ''
    for await (const part of result.textStream) text += part
    expect(text).toBe('One word after the other.')
    expect(await result.finishReason).toBe('stop')
    expect((await result.usage).outputTokens).toBeGreaterThan(0)
  })

  test.each(['generated', 'streamed'])('runs tools (%s)', async (how) => {
    const { provider, fake } = await aProvider({
      script: [{ toolCalls: [{ name: 'weather', arguments: { city: 'Paris' } }] }, 'It rains in Paris.'],
    })
    const asked: string[] = []
    const settings = {
      model: provider('auto'),
      prompt: 'Rain in Paris?',
      stopWhen: stepCountIs(2),
      tools: {
        weather: tool({
          inputSchema: city,
          execute: ({ city }) => {
            asked.push(city)
            return { rain: true }
          },
        }),
      },
    }
    const text = how === 'generated' ? (await generateText(settings)).text : await streamText(settings).text
    expect([text, asked, fake.requests.length]).toEqual(['It rains in Paris.', ['Paris'], 2])
  })

  test('generates objects by a JSON schema', async () => {
    const { provider, fake } = await aProvider({ answer: '{"city":"Paris"}' })
    const { output } = await generateText({
      model: provider('auto'),
      prompt: 'Where?',
      output: Output.object({ schema: city }),
    })
    expect(output).toEqual({ city: 'Paris' })
    expect(fake.requests[0]?.body).toMatchObject({ response_format: { type: 'json_schema' } })
  })

  test('embeds', async () => {
    const { provider } = await aProvider()
    const model = provider.embeddingModel('vectors')
    const { embeddings, usage } = await embedMany({ model, values: ['one', 'two'] })
    expect(embeddings.map((vector) => vector.length)).toEqual([8, 8])
    expect(usage.tokens).toBeGreaterThan(0)
  })

  test('gets errors that it understands', async () => {
    const { provider } = await aProvider({ script: [{ status: 429, retryAfter: 30 }] })
    const failed = async (model: string) =>
      generateText({ model: provider(model), prompt: 'hi', maxRetries: 0 }).catch((thrown: unknown) => thrown)
    const limited = await failed('cheap')
    const unknown = await failed('no-such')
    if (!APICallError.isInstance(limited) || !APICallError.isInstance(unknown)) throw limited
    expect([limited.statusCode, limited.isRetryable]).toEqual([429, true])
    expect(limited.message).toMatch(/too much is being asked/)
    expect([unknown.statusCode, unknown.isRetryable]).toEqual([404, false])
  })

  test('learns that a stream broke off', async () => {
    const { provider } = await aProvider({
      answer: 'One word after the other, and then some more.',
      script: [{ fault: 'cut', how: 'reset', tokenDelayMs: 1 }],
    })
    const errors: unknown[] = []
    const result = streamText({
      model: provider('cheap'),
      prompt: 'hi',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    })
    const parts: string[] = []
    for await (const part of result.fullStream) parts.push(part.type)
    expect(parts).toContain('text-delta')
    expect(parts).toContain('error')
    expect(JSON.stringify(errors)).not.toMatch(/fake/)
  })
})
