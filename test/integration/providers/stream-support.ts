import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Adapter } from '../../../src/core/adapter.ts'
import { AttemptError, type AttemptFailure } from '../../../src/core/attempt-failure.ts'
import type { ProviderStream, StreamPart } from '../../../src/core/provider-stream.ts'
import type { PresetName } from '../../../src/providers/presets.ts'
import type { ProviderConfig, TransportConfig } from '../../../src/providers/provider-config.ts'
import { createAdapter } from '../../../src/providers/registry.ts'
import { openTransport } from '../support/transport-client.ts'
import { rawUpstream, type RawRequest } from '../support/transport-servers.ts'
import { aProvider } from './support.ts'

export const QUESTION = { messages: [{ role: 'user' as const, content: 'Hello?' }] }

export const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_1\r\n'
export const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`
export const LAST_CHUNK = '0\r\n\r\n'

/** Bytes as one chunk of a chunked body. */
export function chunked(bytes: string | Buffer): Buffer {
  const body = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
}

export const say = (content: string): object => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
})
export const STOP = { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
export const USAGE = { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }

/** Events, one for each value; texts go out as they are. */
export function events(...values: readonly (object | string)[]): string {
  return values
    .map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`)
    .join('')
}

export interface StreamedBy {
  readonly preset?: PresetName
  readonly provider?: Partial<ProviderConfig>
  readonly transport?: Partial<TransportConfig>
}

/** An adapter whose provider writes every byte itself. */
export async function streamedBy(onRequest: (request: RawRequest) => void, parts: StreamedBy = {}) {
  const upstream = await rawUpstream(onRequest)
  onTestFinished(() => upstream.connections.forEach((socket) => socket.destroy()))
  const transport = openTransport(parts.transport)
  const preset = parts.preset ?? 'compatible'
  const place = { instance: 'mine', baseUrl: `${upstream.url}/v1`, ...parts.provider }
  const adapter: Adapter = createAdapter(aProvider(preset, place), transport)
  return { adapter, upstream }
}

export interface Outcome {
  readonly contents: string
  readonly parts: readonly StreamPart[]
  readonly failure: AttemptFailure | undefined
}

/** Reads a stream to whatever end it has. */
export async function readAll(stream: ProviderStream): Promise<Outcome> {
  const parts: StreamPart[] = []
  let failure: AttemptFailure | undefined
  try {
    for (let batch = await stream.read(); batch !== undefined; batch = await stream.read())
      parts.push(...batch)
  } catch (thrown) {
    if (!(thrown instanceof AttemptError)) throw thrown
    failure = thrown.failure
  }
  const contents = parts.map(({ chunk }) => chunk.choices[0]?.delta.content ?? '').join('')
  return { contents, parts, failure }
}

/** When the socket is gone, ms after now. */
export async function closingOf(socket: Socket): Promise<number> {
  const since = performance.now()
  if (!socket.destroyed)
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
    })
  return performance.now() - since
}
