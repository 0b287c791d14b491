import type OpenAI from 'openai'
import type { ProviderAnswer, SendOptions } from '../core/adapter.ts'
import type { EmbeddingResponse, EmbedParams } from '../core/openai-types.ts'
import { errorInside, usageInside } from './chat-answer.ts'
import {
  cancelled,
  classifyError,
  contextOf,
  failedAnswer,
  type FailureContext,
  protocolFailure,
  readRequestId,
} from './classify-error.ts'
import { createEmbedTranslation } from './embed-params.ts'
import { fieldOf, textOf } from '../core/json-shape.ts'
import type { Speaker } from './operation-adapter.ts'
import type { ProviderConfig } from './provider-config.ts'
import { requestOptions } from './request-options.ts'
import { jsonResponse } from './json-response.ts'
import { readCostUsd, readEmbeddingUsage } from './usage.ts'

export function createEmbedSpeaker(config: ProviderConfig, client: OpenAI): Speaker<'embeddings'> {
  const { instance, preset } = config
  const translation = createEmbedTranslation(instance, preset.dialect)
  const isOffered = preset.operations.includes('embeddings')

  async function send(params: EmbedParams, options: SendOptions): Promise<ProviderAnswer<'embeddings'>> {
    const context = contextOf(config, params, options)
    const { body, droppedParams } = translation.body(params, options.target.model)
    const { data, response } = await create(client, { body, options, context })
    return {
      data,
      usage: readEmbeddingUsage(data.usage),
      costUsd: preset.dialect.costFrom === 'response' ? readCostUsd(data.usage) : undefined,
      responseId: textOf(fieldOf(data, 'id')),
      responseModel: textOf(data.model),
      finishReasons: undefined,
      upstreamRequestId: readRequestId(response.headers),
      droppedParams,
      // With the vectors as they were handed out: what came over the wire may be base64.
      toResponse: () => jsonResponse(data, response),
    }
  }

  return {
    unsupported: (params) => (isOffered ? translation.unsupported(params) : `${instance} has no embeddings`),
    send,
  }
}

interface Sending {
  readonly body: EmbedParams & { model: string }
  readonly options: SendOptions
  readonly context: FailureContext
}

/** The client asks for vectors as base64 and decodes them, where the body does not ask for anything else. */
async function create(
  client: OpenAI,
  { body, options, context }: Sending,
): Promise<{ data: EmbeddingResponse; response: Response }> {
  if (options.signal.aborted) throw cancelled(context)
  const promise = client.embeddings.create(body, requestOptions(options, { delivery: context.delivery }))
  const response = await promise.asResponse().catch((thrown: unknown) => {
    throw classifyError(thrown, context)
  })
  // What is thrown from here on is thrown at the answer's shape; then the answer itself is looked at.
  const data: unknown = await promise.then(undefined, () => response.json().catch(() => undefined))
  if (context.signal.aborted) throw cancelled(context)
  const usage = readEmbeddingUsage(usageInside(data))
  const error = errorInside(data)
  if (error !== undefined)
    throw failedAnswer({ status: undefined, headers: response.headers, body: error, usage }, context)
  if (!isEmbeddingResponse(data)) throw protocolFailure(context, 'what is no list of embeddings', usage)
  return { data, response }
}

function isEmbeddingResponse(value: unknown): value is EmbeddingResponse {
  const data = fieldOf(value, 'data')
  return (
    Array.isArray(data) && data.length > 0 && data.every((item) => fieldOf(item, 'embedding') !== undefined)
  )
}
