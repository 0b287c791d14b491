// What all apps do: listen, get two requests over HTTP, close everything, print one line of JSON.
import { once } from 'node:events'
import { createServer } from 'node:http'

export async function exercise({ handler, fake, router }) {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/ask`
  const good = await post(url, { prompt: 'Hello?' })
  const bad = await post(url, { prompt: 'Hello?', extra: { model: 'no-such-tier' } })
  server.close()
  server.closeAllConnections()
  await router.close()
  const seen = fake.requests.map(({ path }) => path)
  await fake.close()
  process.stdout.write(`${JSON.stringify({ node: process.versions.node, good, bad, seen })}\n`)
}

async function post(url, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.json() }
}

export async function readJson(req) {
  let text = ''
  for await (const chunk of req) text += chunk
  return JSON.parse(text)
}
