/** The official `openai` client, as a client of the door and inside a handler. */
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { FakeProviderServerOptions } from '../../../src/testing/fake/provider.ts'
import { saying } from '../../support/app.ts'
import { aWay, WAYS } from '../../support/door.ts'

describe.each(WAYS)('through %s the openai client', (name) => {
  async function aClient(fakeOptions: FakeProviderServerOptions = {}) {
    const { fake, ...way } = await aWay(name, fakeOptions)
    return { fake, client: new OpenAI({ ...way, maxRetries: 0 }) }
  }

  test('chats', async () => {
    const { client, fake } = await aClient({ answer: 'Paris.' })
    const {
      data,
      response,
      request_id: id,
    } = await client.chat.completions
      .create({ model: 'premium', ...saying('Capital of France?') })
      .withResponse()
    expect(data.choices[0]?.message.content).toBe('Paris.')
    expect(data.usage?.total_tokens).toBeGreaterThan(0)
    expect(fake.requests[0]?.model).toBe('large')
    expect(response.headers.get('x-llm-target')).toBe('fake/large')
    expect(id).toBe(response.headers.get('x-llm-call-id'))
  })

  test('streams', async () => {
    const { client } = await aClient({ answer: 'One word after the other.' })
    const stream = await client.chat.completions.create({ model: 'cheap', stream: true, ...saying('hi') })
    let text = ''
    let last: string | null | undefined
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      last = chunk.choices[0]?.finish_reason ?? last
      expect(chunk.usage ?? null).toBeNull()
    }
    expect([text, last]).toEqual(['One word after the other.', 'stop'])
  })

  test('gets the usage of a stream where it asks for it', async () => {
    const { client } = await aClient({ answer: 'One word after the other.' })
    const stream = client.chat.completions.stream({
      model: 'cheap',
      stream_options: { include_usage: true },
      ...saying('hi'),
    })
    expect((await stream.finalChatCompletion()).usage?.completion_tokens).toBeGreaterThan(0)
  })

  const weather = {
    name: 'weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  }
  const tool = { type: 'function' as const, function: weather }
  const rain = { toolCalls: [{ name: 'weather', arguments: { city: 'Paris' } }] }

  test('calls tools', async () => {
    const { client } = await aClient({ script: [rain] })
    const { choices } = await client.chat.completions.create({
      model: 'auto',
      tools: [tool],
      ...saying('Rain?'),
    })
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Paris"}' } }] },
    })
  })

  test('calls tools in a stream, and runs them', async () => {
    const { client, fake } = await aClient({ script: [rain, 'Take a coat.'] })
    const runner = client.chat.completions.runTools({
      model: 'auto',
      stream: true,
      tools: [{ type: 'function', function: { ...weather, function: () => 'It rains.' } }],
      ...saying('Rain in Paris?'),
    })
    expect(await runner.finalContent()).toBe('Take a coat.')
    expect(fake.requests[1]?.body?.messages).toHaveLength(3)
  })

  test('parses answers by a JSON schema', async () => {
    const { client, fake } = await aClient({ answer: '{"city":"Paris"}' })
    const schema = z.object({ city: z.string() })
    const { choices } = await client.chat.completions.parse({
      model: 'auto',
      response_format: zodResponseFormat(schema, 'place'),
      ...saying('Where?'),
    })
    expect(choices[0]?.message.parsed).toEqual({ city: 'Paris' })
    expect(fake.requests[0]?.body).toMatchObject({ response_format: { type: 'json_schema' } })
  })

  test.each(['float', 'base64', undefined] as const)('embeds (%s)', async (format) => {
    const { client } = await aClient()
    const { data, usage } = await client.embeddings.create({
      model: 'vectors',
      input: ['one', 'two'],
      ...(format === undefined ? {} : { encoding_format: format }),
    })
    const [first] = data.map(({ embedding }) => embedding as unknown)
    const floats =
      typeof first === 'string'
        ? [...new Float32Array(Uint8Array.from(Buffer.from(first, 'base64')).buffer)]
        : first
    expect(typeof first).toBe(format === 'base64' ? 'string' : 'object')
    expect(data).toHaveLength(2)
    expect(floats).toHaveLength(8)
    expect(Math.hypot(...(floats as number[]))).toBeCloseTo(1, 5)
    expect(usage.prompt_tokens).toBeGreaterThan(0)
  })

  test('lists models, and finds one whose name has a slash', async () => {
    const { client } = await aClient()
    const ids = (await client.models.list()).data.map(({ id }) => id)
    expect(ids).toEqual(['premium', 'cheap', 'vectors', 'coding', 'best', 'default'])
    expect(await client.models.retrieve('premium')).toMatchObject({ id: 'premium', object: 'model' })
    await expect(client.models.retrieve('fake/large')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })

  test('gets its own error classes', async () => {
    const { client, fake } = await aClient({
      script: [{ status: 429, retryAfter: 30 }, { status: 503 }, { fault: 'context-length' }],
    })
    const chat = (model: string) => client.chat.completions.create({ model, ...saying('hi') })
    await expect(chat('no-such')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    await expect(chat('fake/large')).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError)
    await expect(chat('cheap')).rejects.toSatisfy(
      (error: unknown) => error instanceof OpenAI.RateLimitError && error.headers.get('retry-after') === '30',
    )
    await expect(chat('cheap')).rejects.toBeInstanceOf(OpenAI.InternalServerError)
    await expect(chat('cheap')).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' })
    expect(fake.requests).toHaveLength(3)
  })

  test('repeats by itself only what waiting helps', async () => {
    const { client, fake } = await aClient()
    const asked = async (status: number, retryAfter: { ms: number }) => {
      const before = fake.requests.length
      fake.always({ status, retryAfter })
      const call = client.chat.completions.create({ model: 'cheap', ...saying('hi') }, { maxRetries: 2 })
      await expect(call).rejects.toBeInstanceOf(OpenAI.APIError)
      return fake.requests.length - before
    }
    expect(await asked(429, { ms: 1 })).toBe(3)
    expect(await asked(429, { ms: 61_000 })).toBe(1)
    expect(await asked(500, { ms: 1 })).toBe(1)
    expect(await asked(401, { ms: 1 })).toBe(1)
  })

  test('gets the error of a stream as an HTTP status as long as nothing has come', async () => {
    const { client } = await aClient({ script: [{ status: 503 }] })
    const call = client.chat.completions.create({ model: 'cheap', stream: true, ...saying('hi') })
    await expect(call).rejects.toBeInstanceOf(OpenAI.InternalServerError)
  })

  test('learns that a stream broke off', async () => {
    const { client } = await aClient({
      answer: 'One word after the other, and then some more.',
      script: [{ fault: 'cut', how: 'reset', tokenDelayMs: 1 }],
    })
    const stream = await client.chat.completions.create({ model: 'cheap', stream: true, ...saying('hi') })
    let text = ''
    const read = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    })()
    await expect(read).rejects.toMatchObject({ code: 'stream_interrupted' })
    expect(text).toMatch(/^One/)
  })

  test('can stop: an abort ends the upstream request', async () => {
    const { client, fake } = await aClient({ script: [{ fault: 'silence' }] })
    const controller = new AbortController()
    const call = client.chat.completions.create(
      { model: 'cheap', ...saying('hi') },
      { signal: controller.signal },
    )
    const ended = call.catch((thrown: unknown) => thrown)
    await fake.waitFor(1)
    controller.abort()
    expect(await ended).toBeInstanceOf(OpenAI.APIUserAbortError)
    await fake.waitForClose()
  })

  test('can stop in the middle of a stream', async () => {
    const { client, fake } = await aClient({
      answer: 'One word after the other.',
      script: [{ fault: 'stall', afterTokens: 2 }],
    })
    const stream = await client.chat.completions.create({ model: 'cheap', stream: true, ...saying('hi') })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
    expect((await fake.waitForClose()).outcome).not.toBe('answered')
  })
})
