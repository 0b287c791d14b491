import type OpenAI from 'openai'
import type { ProviderAnswer, SendOptions } from '../core/adapter.ts'
import type { ChatCompletion, ChatParams } from '../core/openai-types.ts'
import { errorInside, finishReasonsOf, isChatCompletion, usageInside } from './chat-answer.ts'
import { createChatTranslation, type ParamTranslation } from './chat-params.ts'
import {
  cancelled,
  classifyError,
  contextOf,
  failedAnswer,
  type FailureContext,
  protocolFailure,
  readRequestId,
} from './classify-error.ts'
import { textOf } from './json-shape.ts'
import { LeanOpenAI } from './lean-openai.ts'
import type { ChatSpeaker } from './operation-adapter.ts'
import type { Dialect } from './preset.ts'
import type { ProviderConfig } from './provider-config.ts'
import { readJson } from './read-json.ts'
import { requestOptions } from './request-options.ts'
import { jsonResponse } from './json-response.ts'
import { completionOfResponse, createResponsesTranslation } from './responses-dialect.ts'
import { toRealResponse } from './transport-response.ts'
import { readCostUsd, readUsage } from './usage.ts'

/** How chat goes over the wire of one API. */
interface ChatApi {
  readonly path: string
  readonly translation: ParamTranslation
  /** The answer as a completion; undefined when it is none. */
  readonly read: (body: unknown) => ChatCompletion | undefined
}

function chatApiOf(name: string, dialect: Dialect): ChatApi {
  if (dialect.api === 'responses') {
    const translation = createResponsesTranslation(name, dialect)
    return { path: '/responses', translation, read: completionOfResponse }
  }
  const translation = createChatTranslation(name, dialect)
  return {
    path: '/chat/completions',
    translation,
    read: (body) => (isChatCompletion(body) ? body : undefined),
  }
}

export function createChatSpeaker(config: ProviderConfig, client: OpenAI): ChatSpeaker {
  const { instance, preset } = config
  const { path, translation, read } = chatApiOf(instance, preset.dialect)
  const isOffered = preset.operations.includes('chat')

  async function send(params: ChatParams, options: SendOptions): Promise<ProviderAnswer<'chat'>> {
    const context = contextOf(config, params, options)
    const { body, droppedParams } = translation.body(params, options.target.model)
    const response = await post(client, { path, body, options, context })
    const json = await readJson(response, context)
    const told = usageInside(json)
    const usage = readUsage(told)
    const error = errorInside(json)
    if (error !== undefined)
      throw failedAnswer({ status: undefined, headers: response.headers, body: error, usage }, context)
    const completion = read(json)
    if (completion === undefined) throw protocolFailure(context, 'JSON that is no completion', usage)
    const requestId = readRequestId(response.headers)
    return {
      data: withRequestId(completion, requestId),
      usage,
      costUsd: preset.dialect.costFrom === 'response' ? readCostUsd(told) : undefined,
      responseId: textOf(completion.id),
      responseModel: textOf(completion.model),
      finishReasons: finishReasonsOf(completion),
      upstreamRequestId: requestId,
      droppedParams,
      toResponse: () => (json === completion ? toRealResponse(response) : jsonResponse(completion, response)),
    }
  }

  return {
    unsupported: (params) => (isOffered ? translation.unsupported(params) : `${instance} has no chat`),
    send,
  }
}

interface Sending {
  readonly path: string
  readonly body: object
  readonly options: SendOptions
  readonly context: FailureContext
}

/**
 * `client.chat.completions.create` would do, but it walks through the whole body once more to see whether it asks for a
 * stream; and the raw response spares the client's second timer, because the transport has read the body already.
 */
async function post(client: OpenAI, { path, body, options, context }: Sending): Promise<Response> {
  if (options.signal.aborted) throw cancelled(context)
  try {
    const request = { body, ...requestOptions(options, context.delivery) }
    return await (client instanceof LeanOpenAI
      ? client.postOnce(path, request)
      : client.post(path, request).asResponse())
  } catch (thrown) {
    throw classifyError(thrown, context)
  }
}

/** As the client does: there, but in no copy and no JSON. */
function withRequestId(completion: ChatCompletion, requestId: string | undefined): ChatCompletion {
  return Object.defineProperty(completion, '_request_id', { value: requestId ?? null, enumerable: false })
}
