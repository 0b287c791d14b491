/** The steady traffic, drawn from a seed. */
import type { Dice } from '../random.ts'
import type { Ask } from './facts.ts'
import type { Phase } from './story.ts'

/** The app's users, how often each asks, and how important that is. */
const USERS = { ana: 2, ben: 5, cleo: 3 } as const
const PRIORITIES: Readonly<Record<keyof typeof USERS, number>> = { ana: 10, ben: 0, cleo: -10 }

const STREAMED_SHARE = 0.4

export function drawAsk(dice: Dice, number: number, phase: Phase): Ask {
  const user = dice.pick(USERS)
  const isStreamed = dice.chance(STREAMED_SHARE)
  return {
    number,
    phase: phase.name,
    tier: dice.pick(phase.tiers as Record<Ask['tier'], number>),
    isStreamed,
    isLong: isStreamed && dice.chance(phase.longShare),
    user,
    priority: PRIORITIES[user],
    burst: undefined,
    timeoutMs: undefined,
  }
}

/** Until the next one, ms: as if nobody knew of the others (exponential). */
export function drawPauseMs(dice: Dice, callsPerSecond: number): number {
  return (-Math.log(1 - dice.next()) * 1000) / callsPerSecond
}
