import type { ServerResponse } from 'node:http'
import type { RouterOptions } from '../../../src/config/options.ts'
import type { Router } from '../../../src/surface/router.ts'
import { aRouter, type LogLine, saying } from '../../support/app.ts'
import { httpUpstream, type Upstream } from './transport-servers.ts'

export const ASKED = { ...saying('Count.'), stream: true } as const

/** One target, with a price, at a server that decides about every byte of its event stream. */
export async function writtenBy(
  write: (res: ServerResponse) => unknown,
  config: Partial<RouterOptions> = {},
): Promise<{ router: Router; lines: LogLine[]; upstream: Upstream }> {
  const upstream = await httpUpstream(async (req, res) => {
    req.resume()
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    await write(res)
  })
  const { router, lines } = aRouter({
    tiers: { cheap: ['fake/a'] },
    targets: { 'fake/a': { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } } },
    providers: { fake: { preset: 'vllm', baseUrl: `${upstream.url}/v1` } },
    ...config,
  })
  return { router, lines, upstream }
}

export const DONE = 'data: [DONE]\n\n'

export function event(json: object): string {
  return `data: ${JSON.stringify(json)}\n\n`
}

const HEAD = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'a' }

/** An event with a piece of content. */
export function says(content: string, finishReason: string | null = null): string {
  return event({ ...HEAD, choices: [{ index: 0, delta: { content }, finish_reason: finishReason }] })
}

export const STOP = says('', 'stop')

/** The event that tells usage, apart. */
export function told(promptTokens: number, completionTokens: number): string {
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
  return event({ ...HEAD, choices: [], usage })
}

export interface Heard {
  readonly text: string
  readonly error: unknown
}

/** Reads a stream to its end, however it ends. */
export async function hear(
  stream: AsyncIterable<{ choices: readonly { delta: { content?: string | null } }[] }>,
): Promise<Heard> {
  let text = ''
  try {
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  } catch (error) {
    return { text, error }
  }
  return { text, error: undefined }
}
