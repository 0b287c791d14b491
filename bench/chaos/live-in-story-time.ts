/**
 * `node --import` of the story's processes: from here on their clocks and timers are the story's. What Node keeps for
 * itself (the time limits of `node:http`, how long a socket is kept alive) goes by the clock on the wall.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { promisify } from 'node:util'
import { storyNow, storyTimeFrom, timerMs } from './story-time.ts'

const time = storyTimeFrom(process.env)

/** Delays that are no number mean what they always did. */
function delay(ms: unknown): unknown {
  return typeof ms === 'number' ? timerMs(time, ms) : ms
}

type AnyTimer = (callback: unknown, ms?: unknown, ...args: readonly unknown[]) => unknown
type AnyPause = (ms?: unknown, ...args: readonly unknown[]) => unknown

function slowed(timer: AnyTimer, promised?: AnyPause): AnyTimer {
  const inStory: AnyTimer = (callback, ms, ...args) => timer(callback, delay(ms), ...args)
  return promised === undefined ? inStory : Object.assign(inStory, { [promisify.custom]: promised })
}

const require = createRequire(import.meta.url)
const pauses = require('node:timers/promises') as { setTimeout: AnyPause; setInterval: AnyPause }
const timers = require('node:timers') as { setTimeout: AnyTimer; setInterval: AnyTimer }

const { setTimeout: pause, setInterval: ticks } = pauses
pauses.setTimeout = (ms, ...args) => pause(delay(ms), ...args)
pauses.setInterval = (ms, ...args) => ticks(delay(ms), ...args)
timers.setTimeout = slowed(timers.setTimeout, pauses.setTimeout)
timers.setInterval = slowed(timers.setInterval)
syncBuiltinESMExports()
Object.assign(globalThis, { setTimeout: timers.setTimeout, setInterval: timers.setInterval })

const RealDate = Date
const wallNow = Date.now.bind(Date)

class StoryDate extends RealDate {
  constructor(...args: readonly unknown[]) {
    // `new Date()` is now; all others say a time of their own.
    super(...((args.length === 0 ? [StoryDate.now()] : args) as [number]))
  }

  static override now(): number {
    return Math.floor(storyNow(time, wallNow()))
  }
}

const monotonic = performance.now.bind(performance)
Object.defineProperty(performance, 'now', { value: () => monotonic() * time.scale })
Object.assign(globalThis, { Date: StoryDate })
