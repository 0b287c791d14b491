/** Streams whose servers do not say that they are: a plain StreamingResponse of many a web framework has no content type. */
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { aRouter, saying } from '../../support/app.ts'
import { httpUpstream } from '../support/transport-servers.ts'

const chunk = (content: string, finishReason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: finishReason }] })}\n\n`

async function aServer(answer: (res: ServerResponse) => void): Promise<string> {
  const upstream = await httpUpstream((req, res) => {
    req.resume()
    answer(res)
  })
  return `${upstream.url}/v1`
}

const streamed = { ...saying('hi'), stream: true } as const

test.each([
  ['nothing', {}],
  ['plain text', { 'content-type': 'text/plain; charset=utf-8' }],
  ['bytes', { 'content-type': 'application/octet-stream' }],
])('called %s, a stream arrives as it comes', async (_name, headers) => {
  for (const kind of ['undici', 'fetch'] as const) {
    let finish = (): void => undefined
    const baseUrl = await aServer((res) => {
      res.writeHead(200, headers)
      res.write(chunk('first'))
      finish = () => res.end(chunk(' last', 'stop'))
    })
    const options = { tiers: { t: ['mine/m'] }, providers: { mine: { baseUrl } }, transport: { kind } }
    const { router } = aRouter(options)
    const stream = await router.chat.completions.create(streamed)
    let text = ''
    for await (const { choices } of stream) {
      // The rest is sent only when the first part is here.
      if (text === '') finish()
      text += choices[0]?.delta.content ?? ''
    }
    expect(text).toBe('first last')
  }
})

test('what is called nothing and holds no event is no answer', async () => {
  const baseUrl = await aServer((res) => res.writeHead(200).end('not what you think'))
  const { router } = aRouter({ tiers: { t: ['mine/m'] }, providers: { mine: { baseUrl } } })
  await expect(router.chat.completions.create(streamed)).rejects.toMatchObject({
    code: 'exhausted',
    kind: 'protocol',
  })
})
