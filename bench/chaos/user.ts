/** A user of the app: asks, goes to another process when sent away, and notes what came. */
import { askedOf, promptOf } from './asked.ts'
import { send, type Received } from './client.ts'
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
  await clock.wait(Number(headers['retry-after'] ?? 0) * 1000)
  return true
}

function requestOf(asking: Ask, { port }: AppProcess) {
  const { number, tier, priority, timeoutMs, user, isStreamed } = asking
  const prompt = promptOf(askedOf(asking))
  return {
    port,
    path: isStreamed ? '/chat' : '/ask',
    headers: { 'x-user': user },
    body: JSON.stringify({ number, prompt, tier, priority, timeoutMs }),
  }
}
