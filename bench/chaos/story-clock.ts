import { setTimeout as sleep } from 'node:timers/promises'
import { storyNow, timerMs, type StoryTime } from './story-time.ts'

/** The story's clock for a process that lives by the clock on the wall. */
export class StoryClock {
  readonly time: StoryTime

  constructor(scale: number) {
    this.time = { scale, beganAtMs: Date.now() }
  }

  /** Story time, ms since the epoch, with a fraction. */
  now(): number {
    return storyNow(this.time, performance.timeOrigin + performance.now())
  }

  /** Resolves when the story's clock says so. */
  async until(atMs: number): Promise<void> {
    const ms = atMs - this.now()
    if (ms > 0) await sleep(timerMs(this.time, ms))
  }

  async wait(ms: number): Promise<void> {
    await this.until(this.now() + ms)
  }
}
