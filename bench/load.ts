/**
 * The load: connections that each send a chat request, wait for its answer and send the next. On plain sockets, because
 * it shares its cores with the upstream: an HTTP client here would be the limit of what is measured.
 */
import { connect, type Socket } from 'node:net'
import { createAnswerReader, type Answer } from './answers.ts'
import { numberOf, serveParent } from './parent.ts'
import { quantile } from './quantile.ts'

const BODY = JSON.stringify({
  messages: [
    { role: 'system', content: 'You answer questions of our customers, briefly and kindly.' },
    { role: 'user', content: 'Which of your plans lets me invite more than ten colleagues, and what is it?' },
  ],
  temperature: 0.2,
  max_tokens: 200,
})

const REQUEST = Buffer.from(
  [
    'POST /ask HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(BODY)}`,
    '',
    BODY,
  ].join('\r\n'),
)

/** Answers before this are not counted: connections are new, the server's clock speed and caches are another row's. */
const RAMP_MS = 300

interface Round {
  readonly port: number
  readonly connections: number
  readonly windowMs: number
}

/** Counts of one round. */
class Tally {
  /** Answers of the whole round; those inside the measured window are in `latencies`. */
  all = 0
  readonly latencies: number[] = []
  readonly #from: number
  readonly #to: number

  constructor(startMs: number, windowMs: number) {
    this.#from = startMs + RAMP_MS
    this.#to = this.#from + windowMs
  }

  add(sentMs: number, nowMs: number): void {
    this.all += 1
    if (nowMs >= this.#from && nowMs < this.#to) this.latencies.push(nowMs - sentMs)
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.#to
  }
}

async function runRound(round: Round): Promise<object> {
  const tally = new Tally(performance.now(), round.windowMs)
  await Promise.all(Array.from({ length: round.connections }, () => runConnection(round, tally)))
  const { latencies } = tally
  return {
    requestsPerSecond: (latencies.length * 1000) / round.windowMs,
    requests: tally.all,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  }
}

/** One request after the other until the window is over. Any wrong answer fails the whole bench. */
function runConnection(round: Round, tally: Tally): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port: round.port, host: '127.0.0.1', noDelay: true })
    let sentMs = 0
    const send = (): void => {
      sentMs = performance.now()
      socket.write(REQUEST)
    }
    const read = createAnswerReader((answer) => {
      const nowMs = performance.now()
      tally.add(sentMs, nowMs)
      if (!isCompletion(answer)) socket.destroy(wrongAnswer(answer))
      else if (tally.isOver(nowMs)) socket.end()
      else send()
    })
    socket.on('connect', send)
    socket.on('data', read)
    socket.on('error', reject)
    socket.on('close', () => (tally.isOver(performance.now()) ? resolve() : reject(closedEarly())))
  })
}

function isCompletion({ status, body }: Answer): boolean {
  return status === 200 && body.includes('"chat.completion"')
}

function wrongAnswer({ status, body }: Answer): Error {
  return new Error(`the server answered ${status}: ${body.toString('utf8', 0, 500)}`)
}

function closedEarly(): Error {
  return new Error('the server closed a connection in the middle of a round')
}

serveParent({}, (question) =>
  runRound({
    port: numberOf(question, 'port'),
    connections: numberOf(question, 'connections'),
    windowMs: numberOf(question, 'windowMs'),
  }),
)
