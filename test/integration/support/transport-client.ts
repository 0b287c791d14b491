import type http from 'node:http'
import OpenAI from 'openai'
import { onTestFinished } from 'vitest'
import type { TransportConfig } from '../../../src/providers/provider-config.ts'
import { createTransport, type Transport } from '../../../src/providers/transport.ts'
import { TransportError } from '../../../src/providers/transport-error.ts'
import { transportConfig } from './transport-config.ts'

/** A transport that is closed when the test ends. */
export function openTransport(changes: Partial<TransportConfig> = {}): Transport {
  const transport = createTransport(transportConfig(changes))
  onTestFinished(() => transport.close())
  return transport
}

/** The real client over a transport, retries off as in the adapters. */
export function clientOf(transport: Transport, origin: string): OpenAI {
  return new OpenAI({ apiKey: 'test-key', baseURL: `${origin}/v1`, maxRetries: 0, fetch: transport.fetch })
}

export const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Grüße 🌍' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
}

export const chatParams = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }] }

export function answerJson(res: http.ServerResponse, body: unknown, status = 200): void {
  res.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1' })
  res.end(JSON.stringify(body))
}

/** What a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('expected a rejection')
}

/** The transport error that a promise rejects with, alone or as the cause of the client's error. */
export async function transportErrorOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await rejectionOf(promise)
  const found = error instanceof Error && error.cause instanceof TransportError ? error.cause : error
  if (found instanceof TransportError) return found
  throw new Error('expected a TransportError', { cause: found })
}
