import type { CallOptions } from '../router/call-options.ts'
import type { CallBinding } from '../router/open-call.ts'
import type { RouterState } from '../router/router-state.ts'

/** Where calls in wire format are made and for whom; the scope of a call surface is one. */
export interface WireScope {
  readonly state: RouterState
  readonly binding: CallBinding
  readonly bound: CallOptions
}
