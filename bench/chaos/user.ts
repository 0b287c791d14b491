/** A user of the app: asks, goes to another process when sent away, and notes what came. */
import { fieldOf } from '../field-of.ts'
import { askedOf, promptOf, type AskBody, type BatchItem } from './asked.ts'
import { send, type ClientRequest, type Received } from './client.ts'
import type { Answer, Ask } from './facts.ts'
import type { AppProcess, Fleet } from './fleet.ts'
import { judge, problemCode } from './judge.ts'
import type { StoryClock } from './story-clock.ts'

export interface Stage {
  readonly clock: StoryClock
  readonly fleet: Fleet
  /** What is done to a received answer before it is judged, for sabotage. */
  readonly spoil: (received: Received) => Received
}

/** More than there are processes; then the user gives up. */
const MOVES_MAX = 5
/** Where no process is ready, ms. */
const LOOK_AGAIN_MS = 100
const GIVE_UP_MS = 10_000

/** Never rejects. */
export async function ask(stage: Stage, asking: Ask): Promise<Answer> {
  const { clock, fleet, spoil } = stage
  const sentAtMs = clock.now()
  for (let moves = 0; ; moves += 1) {
    const process = await findProcess(stage, sentAtMs + GIVE_UP_MS)
    if (process === undefined)
      return { ...NOBODY, ...asking, sentAtMs, moves, ...waited(sentAtMs, clock.now()) }
    const received = await send({ agent: fleet.agent, clock }, requestOf(asking, process))
    if (moves < MOVES_MAX && (await isSentAway(stage, process, received))) continue
    const endedAtMs = clock.now()
    const { firstByteAtMs = endedAtMs, status, headers } = received
    return {
      ...asking,
      ...judge(spoil(received), askedOf(asking), asking.isStreamed),
      sentAtMs,
      endedAtMs,
      waitMs: (asking.isStreamed ? firstByteAtMs : endedAtMs) - sentAtMs,
      status,
      retryAfterMs: retryAfterOf(received),
      target: String(headers['x-llm-target'] ?? '') || undefined,
      process: process.name,
      moves,
    }
  }
}

function waited(sentAtMs: number, endedAtMs: number): Pick<Answer, 'endedAtMs' | 'waitMs'> {
  return { endedAtMs, waitMs: endedAtMs - sentAtMs }
}

const NOBODY = {
  ending: 'broken',
  detail: 'no process was ready',
  status: undefined,
  retryAfterMs: undefined,
  target: undefined,
  process: '',
} as const

async function findProcess({ clock, fleet }: Stage, untilMs: number): Promise<AppProcess | undefined> {
  for (;;) {
    const process = fleet.pick()
    if (process !== undefined || clock.now() > untilMs) return process
    await clock.wait(LOOK_AGAIN_MS)
  }
}

/**
 * Nobody took the connection, which balancers try elsewhere; or the process is closing and asks to come again, which
 * clients do.
 */
async function isSentAway(
  { clock }: Stage,
  process: AppProcess,
  { error, status, headers, body }: Received,
): Promise<boolean> {
  if (error === 'ECONNREFUSED') {
    process.isReady = false
    return true
  }
  if (status !== 503 || problemCode(body) !== 'router_closed') return false
  await clock.wait(retryAfterOf({ headers }) ?? 0)
  return true
}

function retryAfterOf({ headers }: Pick<Received, 'headers'>): number | undefined {
  const { 'retry-after': seconds } = headers
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

function requestOf(asking: Ask, { port }: AppProcess): ClientRequest {
  const { user, isStreamed } = asking
  const path = isStreamed ? '/chat' : '/ask'
  return { port, path, headers: { 'x-user': user }, body: JSON.stringify(bodyOf(asking)) }
}

function bodyOf(asking: Ask): AskBody {
  const { number, tier, priority, timeoutMs } = asking
  return { number, prompt: promptOf(askedOf(asking)), tier, priority, timeoutMs }
}

/** One request to one process, which makes all these calls in the same moment. Never rejects. */
export async function askBatch(
  { clock, fleet }: Stage,
  process: AppProcess,
  asks: readonly Ask[],
): Promise<readonly Answer[]> {
  const sentAtMs = clock.now()
  const { port, name } = process
  const headers = { 'x-user': asks[0]?.user ?? '' }
  const body = JSON.stringify({ items: asks.map(bodyOf) })
  const received = await send({ agent: fleet.agent, clock }, { port, path: '/batch', headers, body })
  const items = new Map(itemsIn(received).map((item) => [item.number, item]))
  return asks.map((asking) => {
    const item = items.get(asking.number)
    const own =
      item === undefined
        ? { ...received, body: '' }
        : { ...received, ...item, body: JSON.stringify(item.body) }
    return {
      ...asking,
      ...judge(own, askedOf(asking), false),
      ...waited(sentAtMs, sentAtMs + (item?.tookMs ?? clock.now() - sentAtMs)),
      sentAtMs,
      status: own.status,
      retryAfterMs: retryAfterIn(item?.body),
      target: item?.target,
      process: name,
      moves: 0,
    }
  })
}

function retryAfterIn(body: object | undefined): number | undefined {
  const ms = fieldOf(body, 'retryAfterMs')
  return typeof ms === 'number' ? ms : undefined
}

function itemsIn({ status, body, error }: Received): readonly BatchItem[] {
  return status === 200 && error === undefined ? (JSON.parse(body) as BatchItem[]) : []
}
