/** Promises broken on purpose: `--sabotage <name>` shows that the check which is there for it can fail. */
import { truncated } from '../truncated.ts'
import type { Received } from './client.ts'

export const SABOTAGES = {
  deaf: 'the routers learn nothing from failures',
  stuck: 'they leave a target alone for ten times as long',
  impatient: 'they believe no Retry-After above a second',
  greedy: 'each process takes the whole limit for itself',
  hasty: 'bulk calls do not wait for room',
  slow: 'the second choice is slow just when it is needed',
  steadfast: 'nobody else is asked when an answer is late',
  boundless: 'they take on as many calls as come',
  forgetful: 'they never go back to a Redis that they have lost',
  lonely: 'cheap calls have no second choice',
  unready: 'an app that is ending says that it is ready',
  abrupt: 'an app that is told to end does so at once',
  leak: 'an app that is told to end leaves a timer behind',
  miscount: 'a nano-dollar is added to the cost of every call',
  lie: 'a stream is cut and looks complete',
} as const

export type SabotageName = keyof typeof SABOTAGES

export function isSabotage(name: string): name is SabotageName {
  return Object.hasOwn(SABOTAGES, name)
}

/** A complete stream with its middle taken out, once. */
export function spoilerOf(sabotage: SabotageName | undefined): (received: Received) => Received {
  let isDone = sabotage !== 'lie'
  return (received) => {
    const body = isDone ? undefined : truncated(received.body)
    isDone ||= body !== undefined
    return body === undefined ? received : { ...received, body }
  }
}
