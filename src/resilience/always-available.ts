import type { TargetHealth } from '../core/target.ts'

/** Health without memory: every target may be asked at any time. The seam where breakers, cooldowns and limits go in. */
export const alwaysAvailable: TargetHealth = {
  unavailable: () => undefined,
  observe: () => undefined,
}
