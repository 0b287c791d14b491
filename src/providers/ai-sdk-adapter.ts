import { AttemptError } from '../core/attempt-failure.ts'
import type { Adapter, ProviderAnswer, SendOptions } from '../core/adapter.ts'
import type { ChatParams } from '../core/openai-types.ts'
import type { ProviderStream } from '../core/provider-stream.ts'
import { headersOf, readAiSdkResult, readAiSdkUsage, type AiSdkAnswer } from './ai-sdk-answer.ts'
import type { AiSdkTarget } from './ai-sdk.ts'
import type { AiSdkCallOptions } from './ai-sdk-model.ts'
import { AiSdkStream } from './ai-sdk-stream.ts'
import { within } from './ai-sdk-wait.ts'
import { toCallOptions } from './ai-sdk-options.ts'
import { Untranslatable } from './ai-sdk-prompt.ts'
import {
  cancelled,
  contextOf,
  type FailureContext,
  protocolFailure,
  readRequestId,
} from './classify-error.ts'
import { finishReasonsOf } from './chat-answer.ts'
import { fieldOf, isObject } from '../core/json-shape.ts'
import { adapterOf, type ChatSpeaker } from './operation-adapter.ts'

/** Speaks with a model of the AI SDK. Chat only. */
export function createAiSdkAdapter(target: AiSdkTarget): Adapter {
  const embeddings = {
    unsupported: () => `${target.provider} through the AI SDK has no embeddings here`,
    send: (_params: unknown, options: SendOptions) => {
      const message = `${options.target.instance} has no embeddings`
      return Promise.reject(new AttemptError({ kind: 'invalid-request', wasSent: false, message }))
    },
  }
  const chat: ChatSpeaker = {
    unsupported: (params) => reasonAgainst(params, target),
    send: (params, options) => generate(target, params, options),
    ...(typeof target.model.doStream === 'function'
      ? { stream: (params: ChatParams, options: SendOptions) => openStream(target, params, options) }
      : {}),
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
  const { call, droppedParams, context } = begin(target, params, options)
  const aborter = new AbortController()
  const run = () => target.model.doGenerate({ ...call, abortSignal: aborter.signal })
  const result = await within(context, { aborter, run })
  const answer = readAiSdkResult(result, target.modelId)
  const usage = readAiSdkUsage(fieldOf(result, 'usage'))
  tellHeaders(context, headersOf(fieldOf(fieldOf(result, 'response'), 'headers')))
  if (answer === undefined) throw protocolFailure(context, 'what is no result of the AI SDK', usage)
  if (answer === 'error') throw protocolFailure(context, 'with the finish reason "error"', usage)
  return providerAnswer(answer, droppedParams)
}

async function openStream(
  target: AiSdkTarget,
  params: ChatParams,
  options: SendOptions,
): Promise<ProviderStream> {
  const { call, droppedParams, context } = begin(target, params, options)
  const aborter = new AbortController()
  const run = async () => target.model.doStream?.({ ...call, abortSignal: aborter.signal })
  const result = await within(context, { aborter, run, discard })
  const stream = streamOf(result)
  if (stream === undefined) throw protocolFailure(context, 'what is no stream of the AI SDK')
  const headers = headersOf(fieldOf(fieldOf(result, 'response'), 'headers'))
  tellHeaders(context, headers)
  const { modelId } = target
  return new AiSdkStream({ stream, headers, aborter, modelId, droppedParams, context })
}

function tellHeaders({ delivery }: FailureContext, headers: Readonly<Record<string, string>>): void {
  delivery.onHeaders?.({ get: (name) => headers[name] ?? null })
}

function streamOf(result: unknown): ReadableStream<unknown> | undefined {
  const stream = isObject(result) ? result['stream'] : undefined
  return isReadable(stream) ? stream : undefined
}

function isReadable(value: unknown): value is ReadableStream<unknown> {
  // By its shape: a polyfill's will do.
  if (!isObject(value) || value['locked'] === true) return false
  return typeof value['getReader'] === 'function' && typeof value['cancel'] === 'function'
}

/** A stream that came after its call had ended: its socket is not left open. */
function discard(late: unknown): void {
  // Its request has been aborted, so that it may have broken already; nobody waits for it.
  streamOf(late)
    ?.cancel()
    .catch(() => undefined)
}

interface Begun {
  readonly call: AiSdkCallOptions
  readonly droppedParams: readonly string[]
  readonly context: FailureContext
}

function begin(target: AiSdkTarget, params: ChatParams, options: SendOptions): Begun {
  // The model has keys of its own, which we never see; what looks like one is masked all the same.
  const context = contextOf({ instance: options.target.instance, apiKey: undefined }, params, options)
  const { call, droppedParams } = translated(params, target, context)
  if (options.signal.aborted) throw cancelled(context)
  // The model does not tell how far it got.
  context.delivery.isSent = true
  return { call: { ...call, headers: requestHeaders(options) }, droppedParams, context }
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

function requestHeaders({ headers, idempotencyKey }: SendOptions): Record<string, string> {
  return { ...headers, ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }) }
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
