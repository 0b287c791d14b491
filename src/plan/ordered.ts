import type { Target } from '../core/target.ts'

/** What a strategy makes of the targets that are left. */
export interface Ordered {
  /** All of them, in the order in which they will be tried. */
  readonly steps: readonly Target[]
  /** Why the first of them is the first, where that is not plain; a part of a sentence, without names. */
  readonly why: string | undefined
}
