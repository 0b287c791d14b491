import { untilAborted } from '../core/abort.ts'
import type { Adapter, OperationTypes, ProviderAnswer, SendOptions } from '../core/adapter.ts'
import { AttemptError, type AttemptFailure } from '../core/attempt-failure.ts'
import type { ChatCompletion } from '../core/openai-types.ts'
import type { Operation, Target } from '../core/target.ts'
import type { Usage } from '../core/usage.ts'
import { estimateUsage } from '../pricing/estimate.ts'
import type { OpenCall } from './open-call.ts'
import { mayBeBilled } from './unanswered.ts'
import type { AdmittedStep } from './attempt-step.ts'
import { claim } from './contender.ts'
import { endAttempt, openAttempt } from './open-attempt.ts'

/**
 * One request to one target. Its record is kept before this returns or throws.
 *
 * @throws AttemptError, nothing else
 */
export async function attemptOnce<O extends Operation>(
  call: OpenCall<O>,
  step: AdmittedStep,
): Promise<ProviderAnswer<O>> {
  const opened = openAttempt(call, step)
  const { span } = opened
  let answer: ProviderAnswer<O> | undefined
  let failure: AttemptFailure | undefined
  try {
    const sending = (): Promise<ProviderAnswer<O>> => send(call, step)
    const received = await (span === undefined ? sending() : span.run(sending))
    answer = received
    opened.wait.answered()
    await checkAnswer(call, step.signal, received.data)
    claim(step)
  } catch (thrown) {
    failure = failureOf(thrown, answer?.usage)
  }
  endAttempt(call, opened, {
    failure,
    told: answer,
    usage: usageOf(call, answer, failure),
    stream: undefined,
  })
  if (failure !== undefined) throw new AttemptError(failure)
  if (answer === undefined) throw new TypeError('an attempt without failure has an answer')
  return answer
}

function send<O extends Operation>(call: OpenCall<O>, step: AdmittedStep): Promise<ProviderAnswer<O>> {
  const { operation, options } = call
  const { target } = step
  const { adapter, params } = adapterFor(call, target)
  const timeoutMs = options.attemptTimeoutMs ?? target.attemptTimeoutMs
  return adapter.send(operation, params, sendOptions(call, step, timeoutMs))
}

/** Who speaks with the target, and what is asked; both are there once the call is planned. */
export function adapterFor<O extends Operation>(
  { state, params }: OpenCall<O>,
  target: Target,
): { readonly adapter: Adapter; readonly params: OperationTypes[O]['params'] } {
  const adapter = state.adapters.get(target.instance)
  if (adapter === undefined || params === undefined) throw new TypeError(`no adapter for ${target.id}`)
  return { adapter, params }
}

/** How a request of this call is sent. */
export function sendOptions(
  { options: { headers, idempotencyKey } }: OpenCall,
  { target, signal, place }: AdmittedStep,
  timeoutMs: number,
): SendOptions {
  return {
    target,
    signal,
    timeoutMs,
    headers: plainHeaders(headers),
    idempotencyKey,
    listener: target.limits.length === 0 ? undefined : place,
  }
}

function plainHeaders(headers: OpenCall['options']['headers']): Readonly<Record<string, string>> | undefined {
  if (headers === undefined) return undefined
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/**
 * The call's own checks: `.parse()`'s schema, then `accept`. A refusal is the failure kind `rejected`. A check that
 * never ends does not outlive its attempt.
 */
export async function checkAnswer<O extends Operation>(
  call: OpenCall<O>,
  signal: AbortSignal,
  data: OperationTypes[O]['answer'],
): Promise<void> {
  if (call.check === undefined && call.options.accept === undefined) return
  let isAccepted: boolean
  try {
    isAccepted = await untilAborted(runChecks(call, data), signal)
  } catch (thrown) {
    if (signal.aborted) {
      throw new AttemptError({
        kind: 'cancelled',
        wasSent: true,
        message: 'it was ended during the call’s own check',
      })
    }
    // Its message may quote the answer, so only its name goes on.
    const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown
    throw rejected(`the call's own check threw ${name}`)
  }
  if (!isAccepted) throw rejected('`accept` returned false')
}

async function runChecks<O extends Operation>(
  call: OpenCall<O>,
  data: OperationTypes[O]['answer'],
): Promise<boolean> {
  await call.check?.(data)
  // Calls that are no chat have been refused with this option.
  return (await call.options.accept?.(data as ChatCompletion)) ?? true
}

export function rejected(message: string): AttemptError {
  return new AttemptError({ kind: 'rejected', wasSent: true, message })
}

/** Whatever an attempt threw, as a failure. */
export function failureOf(thrown: unknown, usage: Usage | undefined): AttemptFailure {
  if (thrown instanceof AttemptError)
    return usage === undefined ? thrown.failure : { ...thrown.failure, usage }
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown
  return { kind: 'protocol', wasSent: true, message: `the adapter threw ${name}` }
}

/**
 * What was told, else an estimate of what was billed without anybody telling how much: an answer without usage, and a
 * request that was sent and never answered. An error in place of an answer is not billed.
 */
function usageOf<O extends Operation>(
  call: OpenCall<O>,
  answer: ProviderAnswer<O> | undefined,
  failure: AttemptFailure | undefined,
): Usage | undefined {
  const told = answer?.usage ?? failure?.usage
  if (told !== undefined) return told
  if (answer !== undefined) return estimateUsage(call.operation, call.params, deliveredText(answer.data))
  if (failure === undefined || !mayBeBilled(failure)) return undefined
  return estimateUsage(call.operation, call.params)
}

function deliveredText(data: OperationTypes[Operation]['answer']): string {
  if (!('choices' in data)) return ''
  return data.choices
    .map(({ message: { content, tool_calls: toolCalls } }) => {
      return `${content ?? ''}${toolCalls === undefined ? '' : JSON.stringify(toolCalls)}`
    })
    .join('')
}
