import type { CallStream } from './call-stream.ts'
import type { CallInput } from './open-call.ts'
import type { RouterState } from './router-state.ts'

/**
 * Runs a streamed chat call until its commit point. Params are the caller's own, with `stream` in them or not.
 *
 * @throws LlmError with the report, when no target could begin an answer; nothing else
 */
export function runStream(_state: RouterState, _input: CallInput<'chat'>): Promise<CallStream> {
  return Promise.reject(new Error('not built yet'))
}
