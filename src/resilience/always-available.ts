import type { Permit, TargetHealth } from '../core/target-health.ts'

const PERMIT: Permit = { begun: () => undefined, end: () => undefined }

/** Health without memory: every target may be asked at any time. */
export const alwaysAvailable: TargetHealth = {
  unavailable: () => undefined,
  claim: () => undefined,
  admit: () => PERMIT,
  report: () => [],
}
