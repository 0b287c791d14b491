/** The app's HTTP clients: real ones, some slow, some of which hang up. */
import { request, type Agent, type IncomingMessage } from 'node:http'
import { promptOf, type Scenario } from './scenario.ts'
import type { ClientResult } from './wire.ts'

export interface ClientOptions {
  readonly port: number
  readonly agent: Agent
}

/** A slow reader's wait after each of the first pieces, ms: long enough for the app's buffers to fill. */
const SLOW_MS = 3
const SLOW_PIECES = 60

export function runClient({ port, agent }: ClientOptions, scenario: Scenario): Promise<ClientResult> {
  const isDoor = scenario.reading === 'door'
  const body = isDoor ? doorBody(scenario) : '{}'
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(isDoor ? { authorization: 'Bearer soak' } : {}),
  }
  const path = isDoor ? '/v1/chat/completions' : `/soak/${scenario.number}`
  return new Promise((resolve) => {
    let hasHungUp = false
    let error: string | undefined
    let hasEnded = false
    let response: IncomingMessage | undefined
    const pieces: Buffer[] = []
    const req = request({ port, host: '127.0.0.1', path, method: 'POST', agent, headers })
    const hangUp = (): void => {
      hasHungUp = !hasEnded
      req.destroy()
    }
    const timer = scenario.client === 'hang-up-early' ? setTimeout(hangUp, scenario.delayMs) : undefined
    req.on('response', (res) => {
      response = res
      readAs(scenario, res, { pieces, hangUp })
      res.on('end', () => (hasEnded = true)).on('error', (thrown) => (error = thrown.message))
    })
    req.on('error', (thrown) => (error = thrown.message))
    req.on('close', () => {
      clearTimeout(timer)
      resolve({ status: response?.statusCode, body: Buffer.concat(pieces).toString(), hasHungUp, error })
    })
    req.end(body)
  })
}

/** Clients that hang up do it after some hundreds of bytes. */
function readAs(
  { client, after }: Scenario,
  res: IncomingMessage,
  { pieces, hangUp }: { readonly pieces: Buffer[]; readonly hangUp: () => void },
): void {
  let bytes = 0
  res.on('data', (piece: Buffer) => {
    pieces.push(piece)
    bytes += piece.length
    if (client === 'hang-up' && bytes > after * 100) hangUp()
    if (client !== 'read-slowly' || pieces.length > SLOW_PIECES) return
    res.pause()
    setTimeout(() => res.resume(), SLOW_MS)
  })
}

function doorBody({ number }: Scenario): string {
  return JSON.stringify({
    model: 'soak',
    messages: [{ role: 'user', content: promptOf(number) }],
    stream: true,
  })
}
