/** What holds a process alive: sockets, servers, timers. */
import { setTimeout as sleep } from 'node:timers/promises'

export type Resources = ReadonlyMap<string, number>

export function countResources(): Resources {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** What is there now and was not before; sockets take a moment to close. */
export async function leftoversSince(before: Resources, patienceMs: number): Promise<readonly string[]> {
  const untilMs = performance.now() + patienceMs
  for (;;) {
    // The wait itself is a timer.
    const leftovers = moreThan(before, countResources())
    if (leftovers.length === 0 || performance.now() > untilMs) return leftovers
    await sleep(50)
  }
}

/** As in `Timeout × 2`. Pure. */
export function moreThan(before: Resources, now: Resources): readonly string[] {
  return [...now].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0)
    return more > 0 ? [`${name} × ${more}`] : []
  })
}
