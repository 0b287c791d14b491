import type OpenAI from 'openai'
import type { ProviderAnswer, SendOptions } from '../core/adapter.ts'
import type { ChatCompletion, ChatParams } from '../core/openai-types.ts'
import type { ProviderStream } from '../core/provider-stream.ts'
import { finishReasonsOf, isChatCompletion, usageInside } from './chat-answer.ts'
import { createChatFold } from './chat-fold.ts'
import { createChatTranslation, type ParamTranslation } from './chat-params.ts'
import { contextOf, readRequestId } from './classify-error.ts'
import { completionIn } from './completion-in.ts'
import { isObject, textOf } from '../core/json-shape.ts'
import { jsonResponse } from './json-response.ts'
import type { CreateFold } from './message-fold.ts'
import { openStream } from './open-stream.ts'
import type { ChatSpeaker } from './operation-adapter.ts'
import { postForStream, postJson } from './post-json.ts'
import type { Dialect } from './preset.ts'
import type { ProviderConfig } from './provider-config.ts'
import { readJson } from './read-json.ts'
import { completionOfResponse, createResponsesTranslation } from './responses-dialect.ts'
import { createResponsesFold } from './responses-fold.ts'
import { toRealResponse } from './transport-response.ts'
import { readCostUsd, readUsage } from './usage.ts'

/** How chat goes over the wire of one API. */
interface ChatApi {
  readonly path: string
  readonly translation: ParamTranslation
  /** The answer as a completion; undefined when it is none. */
  readonly read: (body: unknown) => ChatCompletion | undefined
  readonly createFold: CreateFold
}

function chatApiOf(name: string, dialect: Dialect): ChatApi {
  if (dialect.api === 'responses') {
    const translation = createResponsesTranslation(name, dialect)
    return { path: '/responses', translation, read: completionOfResponse, createFold: createResponsesFold }
  }
  const translation = createChatTranslation(name, dialect)
  return {
    path: '/chat/completions',
    translation,
    createFold: createChatFold,
    read: (body) => (isChatCompletion(body) ? body : undefined),
  }
}

export function createChatSpeaker(config: ProviderConfig, client: OpenAI): ChatSpeaker {
  const { instance, preset } = config
  const { path, translation, read, createFold } = chatApiOf(instance, preset.dialect)
  const isOffered = preset.operations.includes('chat')

  async function send(params: ChatParams, options: SendOptions): Promise<ProviderAnswer<'chat'>> {
    const context = contextOf(config, params, options)
    const { body, droppedParams } = translation.body(params, options.target.model)
    const response = await postJson(client, { path, body, options, context })
    const json = await readJson(response, context)
    const completion = completionIn(json, { response, read, context })
    const told = usageInside(json)
    const requestId = readRequestId(response.headers)
    return {
      data: withRequestId(completion, requestId),
      usage: readUsage(told),
      costUsd: preset.dialect.costFrom === 'response' ? readCostUsd(told) : undefined,
      responseId: textOf(completion.id),
      responseModel: textOf(completion.model),
      finishReasons: finishReasonsOf(completion),
      upstreamRequestId: requestId,
      droppedParams,
      toResponse: () => (json === completion ? toRealResponse(response) : jsonResponse(completion, response)),
    }
  }

  async function stream(params: ChatParams, options: SendOptions): Promise<ProviderStream> {
    const context = contextOf(config, params, options)
    const { dialect } = preset
    const { body: question, droppedParams } = translation.body(params, options.target.model)
    const body = { ...question, ...deliveryOf(params, dialect) }
    const response = await postForStream(client, { path, body, options, context })
    return openStream({ response, read, createFold, dialect, context, droppedParams })
  }

  return {
    unsupported: (params) => (isOffered ? translation.unsupported(params) : `${instance} has no chat`),
    send,
    stream,
  }
}

/** What is asked for beside the question: a stream, and the usage where it has to be asked for. */
function deliveryOf({ stream_options: own }: ChatParams, { streamUsage }: Dialect): object {
  if (streamUsage !== 'stream_options') return { stream: true }
  return { stream: true, stream_options: { ...(isObject(own) ? own : {}), include_usage: true } }
}

/** As the client does: there, but in no copy and no JSON. */
function withRequestId(completion: ChatCompletion, requestId: string | undefined): ChatCompletion {
  return Object.defineProperty(completion, '_request_id', { value: requestId ?? null, enumerable: false })
}
