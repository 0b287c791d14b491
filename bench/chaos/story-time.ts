/**
 * Story time: everything in a run of chaos is said in it, and it goes by `scale` times as fast as the clock on the wall.
 * Apps and providers live in it (`live-in-story-time.ts`), so their options are those of a real app: nothing is scaled
 * down but the processes' sense of time. Pure.
 */
export interface StoryTime {
  /** Story seconds in a second. */
  readonly scale: number
  /** When both clocks said the same, wall clock, ms since the epoch. */
  readonly beganAtMs: number
}

/** What the story's clocks say, ms since the epoch. */
export function storyNow({ scale, beganAtMs }: StoryTime, wallMs: number): number {
  return beganAtMs + (wallMs - beganAtMs) * scale
}

/** How long a wait of so many story ms lasts. Timers cut fractions off, and a story's timers must not fire early for that. */
export function timerMs({ scale }: StoryTime, storyMs: number): number {
  return Math.ceil(storyMs / scale)
}

/** How a process is told. */
export const STORY_TIME_VARIABLE = 'CHAOS_STORY_TIME'

export function storyTimeFor({ scale, beganAtMs }: StoryTime): Readonly<Record<string, string>> {
  return { [STORY_TIME_VARIABLE]: `${scale},${beganAtMs}` }
}

/** @throws Error when the process was not told */
export function storyTimeFrom(env: Readonly<Record<string, string | undefined>>): StoryTime {
  const [scale = NaN, beganAtMs = NaN] = (env[STORY_TIME_VARIABLE] ?? '').split(',').map(Number)
  if (!(scale > 0) || Number.isNaN(beganAtMs)) throw new Error(`${STORY_TIME_VARIABLE} is not set`)
  return { scale, beganAtMs }
}
