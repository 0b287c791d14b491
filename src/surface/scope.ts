import type { CallOptions } from '../router/call-options.ts'
import type { CallBinding } from '../router/open-call.ts'
import type { RouterState } from '../router/router-state.ts'
import type { Totals } from '../router/totals.ts'

/** Where a surface makes its calls, for whom, and where they are counted. */
export interface LlmScope {
  readonly state: RouterState
  readonly binding: CallBinding
  readonly totals: Totals
  readonly bound: CallOptions
}

/** What is no object is left to the check of the options, which says so. */
export function merged(scope: LlmScope, options: CallOptions | undefined): CallOptions {
  if (options === undefined) return scope.bound
  return typeof options === 'object' && !Array.isArray(options) ? { ...scope.bound, ...options } : options
}
