import type { ChatMessage } from '../../core/openai-types.ts'

/** What a request asks for, read off its path. */
export type FakeOperation = 'chat' | 'embeddings' | 'models' | 'other'

/** A request's JSON body. The named fields are what clients of this protocol send; nothing is promised about them. */
export interface FakeRequestBody {
  readonly [name: string]: unknown
  readonly model?: string
  readonly messages?: readonly ChatMessage[]
  readonly input?: string | readonly string[]
  readonly stream?: boolean | null
  readonly stream_options?: { readonly include_usage?: boolean } | null
}

/** One request, as the fake provider got it. */
export interface FakeRequest {
  readonly method: string
  /** Path and query, as sent. */
  readonly path: string
  /** Names in lower case. Holds the key as the client sent it, so that tests can look at it. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body; undefined when it was empty or not a JSON object. */
  readonly body: FakeRequestBody | undefined
  readonly operation: FakeOperation
  /** The body's `model`, else the deployment in an Azure path. */
  readonly model: string | undefined
  /** Wall clock, ms since the epoch. */
  readonly receivedAtMs: number
  /** Counts the connections, so that two requests on one socket share it; undefined in process. */
  readonly socketId: number | undefined
}

/** A request as bytes, before it is understood. */
export interface RawFakeRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Undefined when it was longer than the fake reads. */
  readonly body: string | undefined
  readonly socketId: number | undefined
}

const DEPLOYMENT = /\/deployments\/([^/]+)\//

export function readFakeRequest(raw: RawFakeRequest, nowMs: number): FakeRequest {
  const { method, path, headers, socketId } = raw
  const body = parseObject(raw.body)
  const model = typeof body?.model === 'string' ? body.model : deploymentOf(path)
  return {
    method,
    path,
    headers,
    body,
    operation: operationOf(method, path),
    model,
    receivedAtMs: nowMs,
    socketId,
  }
}

function operationOf(method: string, path: string): FakeOperation {
  const queryAt = path.indexOf('?')
  const pathname = queryAt === -1 ? path : path.slice(0, queryAt)
  if (method === 'POST' && pathname.endsWith('/chat/completions')) return 'chat'
  if (method === 'POST' && pathname.endsWith('/embeddings')) return 'embeddings'
  if (method === 'GET' && pathname.endsWith('/models')) return 'models'
  return 'other'
}

function deploymentOf(path: string): string | undefined {
  const deployment = DEPLOYMENT.exec(path)?.[1]
  return deployment === undefined ? undefined : decodeURIComponent(deployment)
}

function parseObject(text: string | undefined): FakeRequestBody | undefined {
  if (text === undefined || text === '') return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    // Not JSON: the fake answers 400, as the real service does.
    return undefined
  }
}

function isObject(value: unknown): value is FakeRequestBody {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
