/** What the servers under test call: a provider that answers at once, and a sink for OTLP. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serveParent } from './parent.ts'

const COMPLETION = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-BwXk2sQ9fT3LrYv8HnPz5aJd',
    object: 'chat.completion',
    created: 1_763_700_000,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content:
            'The Team plan: it has no limit on the number of colleagues, and you can change to it at any time.',
          refusal: null,
          annotations: [],
        },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 43,
      completion_tokens: 24,
      total_tokens: 67,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    },
    service_tier: 'default',
    system_fingerprint: 'fp_560af6e559',
  }),
)

const HEADERS = {
  'content-type': 'application/json',
  'content-length': COMPLETION.length,
  'x-request-id': 'req_0f6c1e7b2d9a4c38',
  'openai-processing-ms': '1',
}

let otlpBytes = 0

function answer(req: IncomingMessage, res: ServerResponse): void {
  if (req.url === '/v1/traces' || req.url === '/v1/metrics') {
    req.on('data', (chunk: Buffer) => (otlpBytes += chunk.length))
    req.on('end', () => res.writeHead(200, { 'content-type': 'application/x-protobuf' }).end())
    return
  }
  // A real provider reads the question before it answers, too.
  req.resume()
  req.on('end', () => res.writeHead(200, HEADERS).end(COMPLETION))
}

// Idle connections stay: rows wait for their turn longer than the default of 5 s.
const server = createServer({ keepAliveTimeout: 0, noDelay: true }, answer).listen(0, '127.0.0.1')
await once(server, 'listening')
serveParent({ port: (server.address() as AddressInfo).port }, () => ({ otlpBytes }))
