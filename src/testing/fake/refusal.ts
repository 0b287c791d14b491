import { errorResponse } from './error.ts'
import type { FakeConfig } from './options.ts'
import type { FakeRequest } from './request.ts'
import type { FakeResponse } from './response.ts'

/** A key that the fake does not accept, or none. */
export function refuseKey({ headers }: FakeRequest, { apiKeys }: FakeConfig): FakeResponse | undefined {
  if (!apiKeys) return undefined
  const key = headers.authorization?.replace(/^Bearer /i, '') ?? headers['api-key'] ?? headers['x-api-key']
  return key !== undefined && apiKeys.has(key) ? undefined : errorResponse({ status: 401 })
}

/** What the real service would refuse too, so that a malformed request is not answered by mistake. */
export function refuseRequest(request: FakeRequest, config: FakeConfig): FakeResponse | undefined {
  const { operation, body, model, path } = request
  if (operation === 'other') {
    return errorResponse({
      status: 404,
      code: 'unknown_url',
      message: `Unknown request URL: ${path.split('?')[0]}.`,
    })
  }
  if (!body) return errorResponse({ status: 400, message: 'The body of your request is not a JSON object.' })
  const unknown = config.refusedParams.find((name) => body[name] !== undefined)
  if (unknown !== undefined) return unknownParam(unknown, 422)
  if (model === undefined) return missing('model')
  if (config.models && !config.models.includes(model)) {
    return errorResponse({
      status: 404,
      message: `The model \`${model}\` does not exist or you do not have access to it.`,
    })
  }
  if (operation !== 'embeddings') return refuseChat(body)
  if (body.stream !== undefined) return unknownParam('stream', 400)
  return body.input === undefined ? missing('input') : undefined
}

function refuseChat({ messages, stream, stream_options: options }: NonNullable<FakeRequest['body']>) {
  if (options && stream !== true) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    return errorResponse({ status: 400, param: 'stream_options', message })
  }
  return Array.isArray(messages) && messages.length > 0 ? undefined : missing('messages')
}

export function tooLong({ requestMaxBytes }: FakeConfig): FakeResponse {
  return errorResponse({ status: 413, message: `The request body is longer than ${requestMaxBytes} bytes.` })
}

function unknownParam(param: string, status: number): FakeResponse {
  return errorResponse({
    status,
    param,
    code: 'unknown_parameter',
    message: `Unknown parameter: '${param}'.`,
  })
}

function missing(param: string): FakeResponse {
  return errorResponse({
    status: 400,
    param,
    code: 'missing_required_parameter',
    message: `Missing required parameter: '${param}'.`,
  })
}
