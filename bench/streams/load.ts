/** The load of streams: connections that each ask for a stream, read it to its end and ask for the next; or hold it. */
import { connect, type Socket } from 'node:net'
import { numberOf, serveParent, textOf } from '../parent.ts'
import { countChunks, createStreamReader } from './message-reader.ts'
import { chunksOf, isPaceName, PACES, type PaceName } from './paces.ts'
import { FIRST_CONTENT } from './packets.ts'

interface Round {
  readonly port: number
  readonly path: string
  readonly pace: PaceName
  readonly connections: number
  readonly windowMs: number
}

function requestOf({ path, pace }: Round): Buffer {
  const body = JSON.stringify({
    messages: [
      { role: 'system', content: 'You answer questions of our customers, briefly and kindly.' },
      {
        role: 'user',
        content: 'Which of your plans lets me invite more than ten colleagues, and what is it?',
      },
    ],
    temperature: 0.2,
    user: pace,
  })
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from([...head, '', body].join('\r\n'))
}

/** Streams that end in this time are not timed: connections are new. They are counted, as their work is. */
const RAMP_MS = 300

async function runRound(round: Round): Promise<object> {
  const startMs = performance.now()
  const latencies: number[] = []
  let streams = 0
  const connections = Array.from({ length: round.connections }, () =>
    runConnection(round, (firstContentMs) => {
      const elapsedMs = performance.now() - startMs
      streams += 1
      if (elapsedMs > RAMP_MS) latencies.push(firstContentMs)
      return elapsedMs < RAMP_MS + round.windowMs
    }),
  )
  await Promise.all(connections)
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { streams, chunks: streams * chunksOf(PACES[round.pace]), p50Ms: at(0.5), p99Ms: at(0.99) }
}

/**
 * One stream after the other, until `onStream` says that it was the last. Any wrong answer fails the whole bench.
 *
 * @param onStream told of each stream's time to its first content
 */
function runConnection(round: Round, onStream: (firstContentMs: number) => boolean): Promise<void> {
  const request = requestOf(round)
  const expected = chunksOf(PACES[round.pace])
  return new Promise((resolve, reject) => {
    const socket = connect({ port: round.port, host: '127.0.0.1', noDelay: true })
    let sentMs = 0
    let firstContentMs = 0
    const send = (): void => {
      sentMs = performance.now()
      socket.write(request)
    }
    const read = createStreamReader(FIRST_CONTENT, {
      onFirstContent: () => (firstContentMs = performance.now() - sentMs),
      onEnd(answer) {
        const chunks = countChunks(answer)
        if (chunks !== expected) reject(new Error(`a stream had ${chunks} chunks, not ${expected}`))
        else if (onStream(firstContentMs)) send()
        else socket.end(resolve)
      },
    })
    socket.on('connect', send).on('data', checkedHead(read, reject))
    socket.on('error', reject).on('close', () => reject(closedEarly()))
  })
}

/** An error page has no end that the reader would see. */
function checkedHead(read: (bytes: Buffer) => void, onWrong: (error: Error) => void) {
  let isChecked = false
  return (bytes: Buffer): void => {
    if (!isChecked && bytes.toString('latin1', 9, 12) !== '200') {
      onWrong(new Error(`the server answered ${bytes.toString('utf8', 0, 800)}`))
    }
    isChecked = true
    read(bytes)
  }
}

/** After `resolve` of a round that is over, this says nothing any more. */
function closedEarly(): Error {
  return new Error('the server closed a connection in the middle of a round')
}

/** Streams that are open at the same time. */
const held = new Set<{ readonly socket: Socket; reads: number }>()

/** New connections at a time: nobody's backlog is what is measured. */
const OPENED_AT_ONCE = 20

/** Each of them has sent this often before they count as held, so that all are known to flow. */
const READS_WHEN_HELD = 3

async function hold(round: Round): Promise<object> {
  for (let opened = 0; opened < round.connections; opened += OPENED_AT_ONCE) {
    const count = Math.min(OPENED_AT_ONCE, round.connections - opened)
    await Promise.all(Array.from({ length: count }, () => openHeld(round)))
  }
  return countHeld()
}

function openHeld(round: Round): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: round.port, host: '127.0.0.1', noDelay: true })
    const one = { socket, reads: 0 }
    const onBytes = (): void => {
      one.reads += 1
      resolve()
    }
    held.add(one)
    socket.on('connect', () => socket.write(requestOf(round)))
    socket.on('data', checkedHead(onBytes, reject)).on('error', reject)
    socket.on('close', () => {
      held.delete(one)
      reject(closedEarly())
    })
  })
}

/** Resolves when every stream held has been heard of since now, often enough. */
async function flowing(): Promise<void> {
  for (const one of held) one.reads = 0
  while ([...held].some(({ reads }) => reads < READS_WHEN_HELD)) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** How many are still there, and still flow. */
async function countHeld(): Promise<object> {
  await flowing()
  return { held: held.size }
}

serveParent({}, async (question) => {
  const what = textOf(question, 'what')
  if (what === 'count') return countHeld()
  const pace = textOf(question, 'pace')
  if (!isPaceName(pace)) throw new Error(`there is no pace "${pace}"`)
  const round = {
    port: numberOf(question, 'port'),
    path: textOf(question, 'path'),
    pace,
    connections: numberOf(question, 'connections'),
    windowMs: numberOf(question, 'windowMs'),
  }
  return what === 'hold' ? hold(round) : runRound(round)
})
