/** One streamed call, top to bottom: ready → attempts until one commits → its reader's `CallStream`, which settles it. */
import { AttemptError } from '../core/attempt-failure.ts'
import type { StreamPart } from '../core/provider-stream.ts'
import { createAccumulator } from '../streams/accumulate.ts'
import { checkAnswer, rejected } from './attempt.ts'
import { runAttempts } from './attempts.ts'
import { CommittedStream, type CallStream } from './call-stream.ts'
import { failCall } from './finish.ts'
import { openCall, type CallInput, type OpenCall } from './open-call.ts'
import { endingOf, ready } from './ready.ts'
import type { RouterState } from './router-state.ts'
import { StreamAttempt } from './stream-attempt.ts'

/**
 * Parts without content are held back up to this, bytes of JSON; a provider that sends more of them before its first
 * content is let through, so that nothing is lost and memory is bounded.
 */
const HELD_MAX_BYTES = 256 * 1024

/** Size of a part whose text is not at hand. */
const PART_BYTES = 512

/**
 * Runs a streamed chat call until its commit point. Params are the caller's own, with `stream` in them or not.
 *
 * @throws LlmError with the report, when no target could begin an answer; nothing else
 */
export async function runStream(state: RouterState, input: CallInput<'chat'>): Promise<CallStream> {
  const call = openCall(state, { ...input, isStreamed: true })
  let attempt: StreamAttempt | undefined
  try {
    const plan = await ready(call, input)
    const held = await runAttempts({ call, plan, ending: endingOf(call) }, async (step) => {
      const opened = new StreamAttempt(call, step)
      const parts = await holdUntilCommit(call, opened)
      attempt = opened
      return parts
    })
    if (attempt === undefined) throw new TypeError('a call that committed has an attempt')
    return new CommittedStream(call, attempt, held)
  } catch (thrown) {
    // An answer that came after the call had ended: p-retry has dropped it, its cost stays.
    if (attempt?.isComplete === true) attempt.succeed()
    else attempt?.fail(thrown)
    throw await failCall(call, thrown)
  }
}

/**
 * Reads until the caller can be given something: at the first content, or with `afterCut: 'buffer'` at the end. Whatever
 * goes wrong until then is a failed attempt like any other, and the next target is asked.
 */
async function holdUntilCommit(
  call: OpenCall<'chat'>,
  attempt: StreamAttempt,
): Promise<readonly StreamPart[]> {
  const held: StreamPart[] = []
  try {
    await attempt.open()
    const maxBytes = call.afterCut === 'buffer' ? call.state.config.streams.bufferMaxBytes : HELD_MAX_BYTES
    let bytes = 0
    while (!attempt.isComplete && bytes <= maxBytes && !isCommitPoint(call, attempt)) {
      const parts = (await attempt.read()) ?? []
      for (const { json } of parts) bytes += json?.length ?? PART_BYTES
      held.push(...parts)
    }
    await checkHeld(call, attempt, held)
    attempt.commit()
  } catch (thrown) {
    throw attempt.fail(thrown)
  }
  return held
}

function isCommitPoint({ afterCut }: OpenCall, { progress }: StreamAttempt): boolean {
  switch (afterCut) {
    case 'error':
      return progress.hasContent
    case 'buffer':
      return false
  }
}

/** The call's own check, of an answer that was held back to its end. */
async function checkHeld(
  call: OpenCall<'chat'>,
  attempt: StreamAttempt,
  held: readonly StreamPart[],
): Promise<void> {
  if (call.options.accept === undefined) return
  if (!attempt.isComplete)
    throw rejected('the answer is longer than `streams.bufferMaxBytes`, so `accept` cannot check it')
  const accumulator = createAccumulator()
  for (const part of held) accumulator.add(part)
  const completion = accumulator.completion()
  if (completion === undefined)
    throw new AttemptError({ kind: 'protocol', wasSent: true, message: 'no completion came' })
  await checkAnswer(call, attempt.signal, completion)
}
