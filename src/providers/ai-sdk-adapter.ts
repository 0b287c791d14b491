import { AttemptError } from '../core/attempt-failure.ts'
import type { Adapter, ProviderAnswer, SendOptions } from '../core/adapter.ts'
import type { ChatParams } from '../core/openai-types.ts'
import { readAiSdkResult, readAiSdkUsage, type AiSdkAnswer } from './ai-sdk-answer.ts'
import type { AiSdkTarget } from './ai-sdk.ts'
import { classifyAiSdkError } from './ai-sdk-error.ts'
import { toCallOptions } from './ai-sdk-options.ts'
import { Untranslatable } from './ai-sdk-prompt.ts'
import {
  cancelled,
  contextOf,
  type FailureContext,
  protocolFailure,
  readRequestId,
  timedOut,
} from './classify-error.ts'
import { finishReasonsOf } from './chat-answer.ts'
import { fieldOf } from './json-shape.ts'
import { adapterOf } from './operation-adapter.ts'
import { timerMs } from './request-options.ts'

/** Speaks with a model of the AI SDK. Chat only. */
export function createAiSdkAdapter(target: AiSdkTarget): Adapter {
  const embeddings = {
    unsupported: () => `${target.provider} through the AI SDK has no embeddings here`,
    send: (_params: unknown, options: SendOptions) => {
      const message = `${options.target.instance} has no embeddings`
      return Promise.reject(new AttemptError({ kind: 'invalid-request', wasSent: false, message }))
    },
  }
  const chat = {
    unsupported: (params: ChatParams) => reasonAgainst(params, target),
    send: (params: ChatParams, options: SendOptions) => generate(target, params, options),
  }
  return adapterOf({ chat, embeddings }, () => Promise.resolve())
}

function reasonAgainst(params: ChatParams, { model }: AiSdkTarget): string | undefined {
  try {
    toCallOptions(params, model.specificationVersion)
    return undefined
  } catch (thrown) {
    if (thrown instanceof Untranslatable) return thrown.message
    throw thrown
  }
}

async function generate(
  target: AiSdkTarget,
  params: ChatParams,
  options: SendOptions,
): Promise<ProviderAnswer<'chat'>> {
  // The model has keys of its own, which we never see; what looks like one is masked all the same.
  const context = contextOf({ instance: options.target.instance, apiKey: undefined }, params, options)
  const { call, droppedParams } = translated(params, target, context)
  if (options.signal.aborted) throw cancelled(context)
  // The model does not tell how far it got.
  context.delivery.isSent = true
  const result = await within(context, (abortSignal) =>
    target.model.doGenerate({ ...call, headers: headersOf(options), abortSignal }),
  )
  const answer = readAiSdkResult(result, target.modelId)
  const usage = readAiSdkUsage(fieldOf(result, 'usage'))
  if (answer === undefined) throw protocolFailure(context, 'what is no result of the AI SDK', usage)
  if (answer === 'error') throw protocolFailure(context, 'with the finish reason "error"', usage)
  return providerAnswer(answer, droppedParams)
}

function translated(params: ChatParams, { model }: AiSdkTarget, context: FailureContext) {
  try {
    const { options: call, droppedParams } = toCallOptions(params, model.specificationVersion)
    return { call, droppedParams }
  } catch (thrown) {
    const what = thrown instanceof Untranslatable ? thrown.message : 'the params cannot be put into its words'
    const message = `${context.instance}: ${what}`
    throw new AttemptError({ kind: 'invalid-request', wasSent: false, message })
  }
}

function headersOf({ headers, idempotencyKey }: SendOptions): Record<string, string> {
  return { ...headers, ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }) }
}

/** Runs until it settles, the time is up or the signal aborts, even when the model minds no signal. */
function within(context: FailureContext, run: (signal: AbortSignal) => PromiseLike<object>): Promise<object> {
  const { signal, timeoutMs } = context
  const aborter = new AbortController()
  return new Promise<object>((resolve, reject) => {
    const end = (error: AttemptError): void => {
      release()
      aborter.abort(error)
      reject(error)
    }
    const onAbort = (): void => end(cancelled(context))
    const timer = setTimeout(() => end(timedOut(context)), timerMs(timeoutMs))
    const release = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    // Within a promise, so that a model which throws instead of rejecting is caught too.
    const running = Promise.resolve().then(() => run(aborter.signal))
    running.then(resolve, (thrown: unknown) => reject(classifyAiSdkError(thrown, context))).finally(release)
  })
}

function providerAnswer(answer: AiSdkAnswer, droppedParams: readonly string[]): ProviderAnswer<'chat'> {
  const { completion, headers } = answer
  return {
    data: completion,
    usage: answer.usage,
    costUsd: undefined,
    responseId: answer.responseId,
    responseModel: answer.responseModel,
    finishReasons: finishReasonsOf(completion),
    upstreamRequestId: readRequestId({ get: (name) => headers[name] ?? null }),
    droppedParams: [...new Set([...droppedParams, ...answer.ignoredSettings])],
    // There is no raw HTTP answer to hand out: the SDK has read it.
    toResponse: () => Response.json(completion),
  }
}
