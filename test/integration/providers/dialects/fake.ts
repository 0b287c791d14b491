import type { FailureKind } from '../../../../src/core/failure-kind.ts'
import type { PresetName } from '../../../../src/providers/presets.ts'
import type { ProviderConfig } from '../../../../src/providers/provider-config.ts'
import type { Usage } from '../../../../src/core/usage.ts'
import type { Reply, SeenRequest } from './server.ts'

/** One service's flavour of the protocol, as strict as the service is. */
export interface DialectFake {
  readonly preset: PresetName
  readonly model: string
  /** How an instance is pointed at the fake. */
  place(url: string): Partial<ProviderConfig>
  /** Where requests must arrive. */
  readonly path: string
  /** Header and value that carry the key `sk-test`; undefined where none may be sent. */
  readonly auth: readonly [string, string] | undefined
  /** Answers a right request, and refuses a wrong one in the service's own way. */
  reply(request: SeenRequest): Reply
  /** What an answer to the standard question tells. */
  readonly expected: {
    readonly usage: Usage
    readonly costUsd?: number
    readonly requestId?: string
    readonly dropped: readonly string[]
    /** The name and value of the output limit. */
    readonly limit: readonly [string, number]
    readonly instructionRole: 'developer' | 'system'
    /** How the seed goes out; undefined where it is dropped. */
    readonly seed: string | undefined
  }
  /** One error, in the service's own words. */
  readonly failure: {
    readonly reply: Reply
    readonly kind: FailureKind
    readonly code?: string
    readonly retryAfterMs?: number
  }
}

/** Model name at which every fake fails in its service's own way. */
export const FAILING_MODEL = 'a-model-that-fails'

/** A completion as OpenAI words it. */
export function completion(model: unknown, usage: object, message: object = {}): object {
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [
      { index: 0, message: { role: 'assistant', content: 'Hello.', ...message }, finish_reason: 'stop' },
    ],
    usage,
  }
}

/** The first field of a body that is not among these. */
export function unknownField(body: Record<string, unknown>, known: readonly string[]): string | undefined {
  return Object.keys(body).find((field) => !known.includes(field))
}

interface Message {
  readonly role?: string
  readonly name?: string
  readonly content?: unknown
  readonly tool_call_id?: string
  readonly tool_calls?: readonly { readonly id: string }[]
}

export function messagesOf(body: Record<string, unknown>): readonly Message[] {
  return Array.isArray(body['messages']) ? (body['messages'] as Message[]) : []
}

export function rolesOf(body: Record<string, unknown>): readonly (string | undefined)[] {
  return messagesOf(body).map(({ role }) => role)
}

/** Fields of chat completions that most services know. */
export const COMMON_FIELDS = [
  'model',
  'messages',
  'max_tokens',
  'temperature',
  'top_p',
  'stop',
  'tools',
  'tool_choice',
  'response_format',
  'frequency_penalty',
  'presence_penalty',
] as const

/** OpenAI's error body, which many copy. */
export function openaiError(status: number, error: object, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers,
    body: { error: { message: 'refused', type: 'invalid_request_error', param: null, ...error } },
  }
}

/** Refuses fields that the service does not know, and the role that only OpenAI knows. */
export function strictly(
  known: readonly string[],
  reply: (request: SeenRequest) => Reply,
): (request: SeenRequest) => Reply {
  return (request) => {
    const unknown = unknownField(request.body, known)
    if (unknown !== undefined) return openaiError(400, { message: `property '${unknown}' is unsupported` })
    if (rolesOf(request.body).includes('developer')) return openaiError(400, { message: 'unknown role' })
    return reply(request)
  }
}
