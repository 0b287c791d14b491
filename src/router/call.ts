/** One call, top to bottom: ready → attempts → settle. The only place that knows this order. */
import type { ProviderAnswer } from '../core/adapter.ts'
import type { CallReport } from '../core/report.ts'
import type { Operation } from '../core/target.ts'
import { attemptOnce } from './attempt.ts'
import { runAttempts } from './attempts.ts'
import { failCall, finishCall } from './finish.ts'
import { writeInTransaction } from './in-transaction.ts'
import { openCall, type CallInput } from './open-call.ts'
import { endingOf, ready } from './ready.ts'
import { reportOf } from './report.ts'
import type { RouterState } from './router-state.ts'

/** An answered call. */
export interface CallResult<O extends Operation> {
  readonly answer: ProviderAnswer<O>
  /** Made on demand: most calls never look. */
  readonly report: () => CallReport
}

/**
 * Runs one call and settles it, however it ends.
 *
 * @throws LlmError with the report; nothing else
 */
export async function runCall<O extends Operation>(
  state: RouterState,
  input: CallInput<O>,
): Promise<CallResult<O>> {
  const call = openCall(state, input)
  let answer: ProviderAnswer<O>
  try {
    const plan = await ready(call, input)
    answer = await runAttempts({ call, plan, ending: endingOf(call) }, (step) => attemptOnce(call, step))
  } catch (thrown) {
    throw await failCall(call, thrown)
  }
  const settlement = finishCall(call, undefined)
  try {
    const written = writeInTransaction(call, settlement)
    if (written !== undefined) await written
  } finally {
    call.ending?.release()
  }
  return { answer, report: () => reportOf(settlement) }
}
